import Foundation

/// A key or token that shows itself to nobody who does not ask for it by name.
///
/// Descriptions, dumps and mirrors show a placeholder, and it is not Codable, so that it cannot reach a log, an error or
/// an answer by being a part of something else. `reveal()` marks each place that uses the value.
public struct Secret: Sendable {
  private let value: String

  /// Wraps a value.
  public init(_ value: String) {
    self.value = value
  }

  /// The value itself; for the call that needs it, never for a text that a person or a log sees.
  public func reveal() -> String {
    value
  }

  /// The text with every occurrence of the value, in any case of its letters, replaced by the placeholder.
  func redacting(_ text: String) -> String {
    value.isEmpty ? text : text.replacingOccurrences(of: value, with: Self.placeholder, options: .caseInsensitive)
  }

  private static let placeholder = "(secret)"
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A placeholder.
  public var description: String { Self.placeholder }
  /// A placeholder.
  public var debugDescription: String { Self.placeholder }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Equatable {
  /// Compares in a time that does not depend on where two values of the same length differ.
  public static func == (left: Secret, right: Secret) -> Bool {
    let (left, right) = (Array(left.value.utf8), Array(right.value.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
