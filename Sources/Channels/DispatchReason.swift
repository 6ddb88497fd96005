/// Why a dispatch was not confirmed.
public struct DispatchReason: Sendable, Hashable {
  /// The stable kind of the reason.
  public let kind: Kind
  /// The platform's own code, if it answered with one.
  public let code: Int?
  /// What the platform or the network said, for the operator; never holds the account's key.
  public let text: String

  /// A reason whose text is cut to 300 characters and freed of every occurrence of the secret.
  public init(_ kind: Kind, code: Int? = nil, text: String, hiding secret: Secret) {
    self.kind = kind
    self.code = code
    self.text = String(secret.redacting(text).replacing("\0", with: "").prefix(300))
  }

  /// The kinds of reasons; raw values are stored, so they never change.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The account's rate was exceeded in the platform's eyes.
    case rate
    /// The platform says that it is busy.
    case platformBusy = "platform_busy"
    /// A token or an uploaded medium is out of date; the adapter renews it at the next attempt.
    case stale
    /// The account was removed, disabled or lacks a right.
    case account
    /// The platform refuses the message's content.
    case content
    /// The platform answered with a code that the table does not know.
    case unclassified

    /// No connection to the platform came about.
    case unreachable
    /// The first byte could not leave in time.
    case tooLate = "too_late"
    /// The caller gave up, or the program stops.
    case cancelled
    /// A medium could not be uploaded; the message that needs it was not sent.
    case uploadFailed = "upload_failed"

    /// No answer came in time.
    case noAnswer = "no_answer"
    /// The connection broke before the whole answer was there.
    case connectionLost = "connection_lost"
    /// The answer has a status that does not tell whether the message was accepted.
    case serverError = "server_error"
    /// The answer cannot be read, or is too large.
    case unreadableAnswer = "unreadable_answer"
    /// The platform answered for other destinations of the same dispatch, but not for this one.
    case notNamed = "not_named"
  }
}
