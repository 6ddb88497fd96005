import Foundation

/// A password as somebody typed it, in the one form in which it is checked and hashed.
///
/// Keyboards differ in how they write é, か゛ or 한: as one character or as several. Composed (NFC) they are the same.
/// It shows itself to nobody: descriptions and mirrors show a placeholder, and it is not Codable.
public struct Password: Sendable {
  let text: String

  /// Takes a password as it was typed; nothing is cut off or trimmed.
  public init(_ typed: String) {
    text = typed.precomposedStringWithCanonicalMapping
  }

  /// How long it is, in Unicode scalars.
  var length: Int { text.unicodeScalars.count }
}

extension Password: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A placeholder.
  public var description: String { "(password)" }
  /// A placeholder.
  public var debugDescription: String { description }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
