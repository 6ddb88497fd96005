public import Foundation
public import Identifiers

/// One thing to send, at a time, to an audience (触达).
public struct Touch: Sendable, Hashable, Codable {
  /// Where a touch is on its way.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// Its time has not come.
    case planned
    /// Its time has come; its deliveries are being written.
    case fired
    /// Its deliveries are in the ledger.
    case expanded
    /// Its time had passed by more than the plan's grace before anything could be done.
    case missed
    /// The plan was changed, paused or taken back.
    case withdrawn
  }

  /// Its identifier.
  public let id: ID<Touch>
  /// The plan that made it.
  public let planID: ID<Plan>
  /// Which occurrence of the plan; stable when the plan is planned anew.
  public let occurrence: String
  /// The plan's version under which it was planned.
  public let version: Int
  /// The piece.
  public let contentID: ID<Content>
  /// The piece's version that was approved.
  public let contentVersion: Int
  /// When it is due.
  public let dueAt: Date
  /// The wall-clock time that made the instant.
  public let wall: String
  /// The zone of that time.
  public let zone: String
  /// Where it is on its way.
  public let state: State
  /// When it fired.
  public let firedAt: Date?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, occurrence, version, wall, zone, state
    case planID = "plan_id"
    case contentID = "content_id"
    case contentVersion = "content_version"
    case dueAt = "due_at"
    case firedAt = "fired_at"
  }
}
