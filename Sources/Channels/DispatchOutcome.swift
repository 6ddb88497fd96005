public import Foundation

/// What is known of a dispatch after the attempt.
///
/// The difference that everything else rests on: after `notSent`, `busy`, `parked`, `broken` and `rejected` the platform
/// has provably not accepted the message, so the claim may be released; after `unknown` nobody knows.
public enum DispatchOutcome: Sendable, Hashable {
  /// The platform accepted the message.
  case confirmed(receipt: DispatchReceipt)
  /// The platform answered for each destination by itself. One that the answer does not name is unknown.
  case divided([UUID: DestinationOutcome])
  /// The platform answered and refuses this message; sending it again unchanged is in vain, correcting it may help.
  case rejected(reason: DispatchReason)
  /// The account itself does not work; a person has to mend it, and until then nothing leaves through it.
  case broken(reason: DispatchReason)
  /// The platform's limit was hit: nothing leaves through the account for this long. Consumes no attempt.
  case parked(for: Duration, reason: DispatchReason)
  /// No byte of the message left, so it may simply be tried again.
  case notSent(reason: DispatchReason)
  /// The platform answered that it cannot accept anything at the moment; try again with growing pauses.
  case busy(reason: DispatchReason)
  /// The message may or may not have been accepted. Never send it again without a person's decision.
  case unknown(reason: DispatchReason)
}

extension DispatchOutcome {
  /// The reason, for every outcome but `confirmed` and `divided`.
  public var reason: DispatchReason? {
    switch self {
    case .confirmed, .divided: nil
    case .rejected(let reason), .broken(let reason), .parked(_, let reason), .notSent(let reason), .busy(let reason),
      .unknown(let reason):
      reason
    }
  }

  /// A stable name for records and metrics: `confirmed`, `divided`, `rejected`, `broken`, `parked`, `not_sent`, `busy`,
  /// `unknown`.
  public var name: String {
    switch self {
    case .confirmed: "confirmed"
    case .divided: "divided"
    case .rejected: "rejected"
    case .broken: "broken"
    case .parked: "parked"
    case .notSent: "not_sent"
    case .busy: "busy"
    case .unknown: "unknown"
    }
  }
}

/// What a platform gave back for a message that it accepted.
public struct DispatchReceipt: Sendable, Hashable {
  /// The platform's own id of the message; nil where the platform gives none.
  public let messageID: String?

  /// A receipt.
  public init(messageID: String? = nil) {
    self.messageID = messageID
  }
}
