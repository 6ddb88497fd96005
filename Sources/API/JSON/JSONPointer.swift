/// Where a value stands in a JSON text (RFC 6901).
struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  private(set) var description: String

  /// The whole text.
  static let root = JSONPointer(description: "")

  func appending(_ name: String) -> JSONPointer {
    JSONPointer(description: description + "/" + name.replacing("~", with: "~0").replacing("/", with: "~1"))
  }

  func appending(_ index: Int) -> JSONPointer {
    JSONPointer(description: description + "/\(index)")
  }
}
