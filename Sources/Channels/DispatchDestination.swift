public import Foundation

/// Where a dispatch goes: one of the groups that it names.
public struct DispatchDestination: Sendable, Hashable {
  /// Names it in the outcome.
  public let id: UUID
  /// What the platform calls the group; nil where nobody has told us, or where the account is the destination itself.
  public let externalID: String?

  /// A destination.
  public init(id: UUID, externalID: String?) {
    self.id = id
    self.externalID = externalID
  }
}

/// What a platform answered for one destination of a dispatch.
public enum DestinationOutcome: Sendable, Hashable {
  /// It accepted the message for this one.
  case confirmed
  /// It has provably not accepted it for this one, whatever became of the others.
  case rejected(reason: DispatchReason)
}
