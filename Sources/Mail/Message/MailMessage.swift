public import Foundation

/// A message to people, checked so that nothing in it can become a header of its own.
public struct MailMessage: Sendable, Hashable {
  /// Whom it comes from.
  public let from: MailAddress
  /// Whom it goes to. All see each other's addresses.
  public let to: [MailAddress]
  /// Where answers go, if not to `from`.
  public let replyTo: MailAddress?
  /// Its subject.
  public let subject: String
  /// What it says, as plain text.
  public let text: String
  /// The same for programs that show pages.
  public let html: String?
  /// What tells it from all others; a message that is sent again keeps it.
  public let identifier: String
  /// When it was written.
  public let date: Date

  /// The most people that one message goes to.
  public static let mostRecipients = 50
  /// The longest subject, in characters.
  public static let longestSubject = 200

  /// - Parameter identifier: letters, digits, dots and dashes; what causes the message gives one, so that whoever gets it
  ///   twice can tell.
  public init(
    from: MailAddress, to: [MailAddress], replyTo: MailAddress? = nil, subject: String, text: String,
    html: String? = nil, identifier: String = UUID().uuidString.lowercased(), date: Date = .now
  ) throws(MailProblem) {
    guard !to.isEmpty else { throw .noRecipient }
    guard to.count <= Self.mostRecipients else { throw .tooManyRecipients(limit: Self.mostRecipients) }
    guard HeaderText.isSafe(subject) else { throw .forbiddenCharacter(.subject) }
    guard subject.count <= Self.longestSubject else { throw .tooLong(.subject, limit: Self.longestSubject) }
    guard Self.isIdentifier(identifier) else { throw .forbiddenCharacter(.identifier) }
    (self.from, self.to, self.replyTo) = (from, to, replyTo)
    (self.subject, self.text, self.html) = (subject, text, html)
    (self.identifier, self.date) = (identifier, date)
  }

  private static func isIdentifier(_ text: String) -> Bool {
    (1...100).contains(text.utf8.count) && text.first != "." && text.last != "." && !text.contains("..")
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
  }
}

/// Why a message cannot be written.
public enum MailProblem: Error, Sendable, Hashable {
  /// A part of a message.
  public enum Part: Sendable, Hashable {
    case subject
    case identifier
  }

  /// It goes to nobody.
  case noRecipient
  /// It goes to more people than that.
  case tooManyRecipients(limit: Int)
  /// A part holds a line break or another control character.
  case forbiddenCharacter(Part)
  /// A part has more characters than that.
  case tooLong(Part, limit: Int)
}
