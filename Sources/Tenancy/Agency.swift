public import Identifiers

/// A customer of the product (代运营公司): it has brands, and keys for its programs.
public struct Agency: Sendable, Hashable {
  /// Its identifier.
  public let id: ID<Agency>
  /// Its short name in commands; unique in the deployment.
  public let slug: String
  /// Its name as people write it.
  public let name: String
}

/// A name as people write it: 1 to 100 characters, counted as the database counts them.
enum DisplayName {
  static func isFit(_ text: String) -> Bool {
    (1...100).contains(text.unicodeScalars.count) && !text.unicodeScalars.contains("\0")
  }
}

/// A name for URLs and commands: 1 to 40 of a–z, 0–9 and hyphens, which stand neither first nor last.
public struct Slug: Sendable, Hashable {
  /// The text.
  public let text: String

  /// Nil when the text is not a slug.
  public init?(_ text: String) {
    guard (1...40).contains(text.utf8.count), !text.hasPrefix("-"), !text.hasSuffix("-"),
      text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
    else { return nil }
    self.text = text
  }
}
