import Foundation

/// A group robot's webhook as a sheet has it. The key is a secret: printing the value does not show it.
public struct RobotAddress: Sendable, Hashable {
  /// The address up to its question mark; nil when the cell has the key alone.
  public let base: String?
  /// The robot's key.
  public let key: String

  /// Reads `https://…/webhook/send?key=…` or the key alone.
  init(cell: String) throws(SheetProblem.Code) {
    if Self.isKey(cell) {
      (base, key) = (nil, cell)
      return
    }
    guard var parts = URLComponents(string: cell), ["http", "https"].contains(parts.scheme?.lowercased()),
      parts.host?.isEmpty == false, parts.user == nil, parts.fragment == nil,
      let key = parts.queryItems?.first(where: { $0.name == "key" })?.value, Self.isKey(key)
    else { throw .malformedRobot }
    parts.query = nil
    base = parts.string
    self.key = key
  }

  /// A robot by its key alone.
  init(key: String) {
    (base, self.key) = (nil, key)
  }

  private static func isKey(_ text: String) -> Bool {
    (16...128).contains(text.utf8.count)
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
  }

  /// What may be shown of a cell that is no robot address: nothing from its first `?` or `=` on, and of a text without
  /// either only its length.
  static func redacted(_ cell: String) -> String {
    guard let mark = cell.firstIndex(where: { $0 == "?" || $0 == "=" }) else { return "(\(cell.count) characters)" }
    return cell[..<mark] + "?…"
  }
}

extension RobotAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The address without its key.
  public var description: String { (base ?? "") + "?key=…" }
  /// The address without its key.
  public var debugDescription: String { description }
  /// The address without its key.
  public var customMirror: Mirror { Mirror(self, children: ["base": base as Any]) }
}
