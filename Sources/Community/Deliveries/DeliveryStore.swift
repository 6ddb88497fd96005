import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The ledger of a brand, for those who read it, and for a person's word on what is unknown.
public struct DeliveryStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// One delivery. Throws `NotFound`.
  public func delivery(_ id: ID<Delivery>) async throws -> Delivery {
    let rows = try await session.query(
      """
      select id, touch_id, group_id, channel_id, state, reason, platform_code, detail, attempts, claimed_at, settled_at
      from deliveries where id = \(id)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Delivery(row)
  }

  /// The deliveries by age, of one touch or in one state only when these are given.
  public func page(
    _ request: PageRequest, touch: ID<Touch>?, state: Delivery.State?
  ) async throws -> Page<Delivery> {
    let ofTouch: SQL = touch.map { "and touch_id = \($0)" } ?? ""
    let inState: SQL = state.map { "and state = \($0.rawValue)" } ?? ""
    let rows = try await session.query(
      """
      select id, touch_id, group_id, channel_id, state, reason, platform_code, detail, attempts, claimed_at, settled_at
      from deliveries where id > \(request.place) \(ofTouch) \(inState)
      order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Delivery.init))
  }

  /// How many deliveries are in each state, with the reason of those that were skipped or failed.
  public func tally() async throws -> [DeliveryTally] {
    try await session.query(
      "select state, reason, count(*) as deliveries from deliveries group by state, reason order by state, reason"
    ).map { row in
      DeliveryTally(
        state: try row.state("state"), reason: try row.value("reason"), deliveries: try row.value("deliveries"))
    }
  }

  /// A person's word on a delivery that is unknown: it arrived, or it did not. Throws `WrongState` for any other, and where
  /// another attempt was made since the person looked.
  ///
  /// - Parameter attempts: how many attempts the person saw; nil does not compare.
  public func resolve(_ id: ID<Delivery>, arrived: Bool, attempts: Int? = nil, by: String) async throws {
    let seen: SQL = attempts.map { "and attempts = \($0)" } ?? ""
    let updated = try await session.query(
      """
      update deliveries set state = \(arrived ? "delivered" : "failed"), reason = 'decided_by_person',
        detail = \(by), settled_at = now()
      where id = \(id) and state = 'unknown' \(seen)
      """)
    guard updated.affected == 1 else { throw WrongState(state: try await delivery(id).state.rawValue) }
    try await (session as? BrandTransaction)?.tell(LedgerEvents.settled("d.id = \(id)"))
  }
}

/// How many deliveries share a state and a reason.
public struct DeliveryTally: Sendable, Hashable, Codable {
  /// The state.
  public let state: Delivery.State
  /// The reason, if there is one.
  public let reason: String?
  /// How many.
  public let deliveries: Int

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case state, reason, deliveries
  }
}

extension Delivery {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    touchID = try row.value("touch_id")
    groupID = try row.value("group_id")
    channelID = try row.value("channel_id")
    state = try row.state("state")
    reason = try row.value("reason")
    platformCode = try row.value("platform_code")
    detail = try row.value("detail")
    attempts = try row.value("attempts")
    claimedAt = try row.value("claimed_at")
    settledAt = try row.value("settled_at")
  }
}
