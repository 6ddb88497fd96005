public import Foundation
public import Identifiers

/// Somebody of an agency or of a client (人员). One identity, with one way to sign in, may be in several agencies.
public struct Person: Sendable, Hashable, Codable {
  /// Its identifier.
  public let id: ID<Person>
  /// Where mail reaches them, and what they sign in with.
  public let email: String
  /// The name that others see.
  public let name: String
  /// The language of mail to them: `zh-Hans` or `en`.
  public let language: String
  /// The IANA zone in which they read times that belong to no brand.
  public let zone: String
  /// Whether signing in asks for a one-time code too.
  public let hasSecondFactor: Bool
  /// Raised by every edit.
  public let version: Int
  /// When they came to be known.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, email, name, language, zone, version
    case hasSecondFactor = "has_second_factor"
    case createdAt = "created_at"
  }
}

/// A person as one agency sees them: with their roles in it.
public struct AgencyPerson: Sendable, Hashable {
  /// Whether they still belong to it.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case active
    case left
  }

  /// The person.
  public let person: Person
  /// Whether they still belong to the agency.
  public let state: State
  /// Their roles in the agency.
  public let grants: [Grant]
  /// Raised by every change of their roles and of their state.
  public let version: Int
  /// When they joined the agency.
  public let joinedAt: Date
  /// When they left it.
  public let leftAt: Date?
  /// When they were last seen in it.
  public let lastSeenAt: Date?
}

/// An address for mail, as far as it can be told without sending any: one @, no spaces or control characters, a dot
/// inside the domain or `localhost`.
public struct EmailAddress: Sendable, Hashable {
  /// As it was written, without spaces around it.
  public let text: String

  /// Nil where no mail could be sent.
  public init?(_ text: String) {
    let text = text.trimmingCharacters(in: .whitespaces)
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard (3...254).contains(text.utf8.count), parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64,
      text.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 0x20 && $0.value < 0x7F }),
      !text.contains(where: { "()<>[]:;,\\\"".contains($0) }), Self.isDomain(parts[1])
    else { return nil }
    self.text = text
  }

  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return (labels.count > 1 || text == "localhost")
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
          && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
      }
  }
}
