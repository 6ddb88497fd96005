public import Foundation
public import Identifiers

/// One touch to one destination (投递): a row of the ledger.
public struct Delivery: Sendable, Hashable, Codable {
  /// Where a delivery is.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// Not tried yet, or provably not sent.
    case ready
    /// Claimed: the call is under way, or its outcome is being written.
    case sending
    case delivered
    case failed
    /// A rule held it back; the reason says which.
    case skipped
    /// A person has to send it.
    case waiting
    /// The call may or may not have arrived. It is never sent again without a person's decision.
    case unknown
  }

  /// Its identifier.
  public let id: ID<Delivery>
  /// The touch.
  public let touchID: ID<Touch>
  /// The destination.
  public let groupID: ID<Group>
  /// The channel that it goes through.
  public let channelID: ID<Channel>?
  /// Where it is.
  public let state: State
  /// Why it failed, was skipped, or is unknown: a stable word.
  public let reason: String?
  /// The platform's own code.
  public let platformCode: Int?
  /// What the platform or the network said.
  public let detail: String?
  /// How often it was claimed.
  public let attempts: Int
  /// When it was claimed last.
  public let claimedAt: Date?
  /// When its outcome was known.
  public let settledAt: Date?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, state, reason, detail, attempts
    case touchID = "touch_id"
    case groupID = "group_id"
    case channelID = "channel_id"
    case platformCode = "platform_code"
    case claimedAt = "claimed_at"
    case settledAt = "settled_at"
  }
}
