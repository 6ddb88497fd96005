public import Foundation
public import Identifiers
public import JobQueue
import Postgres
public import Tenancy

/// A person's order to send a delivery again.
public struct ResendOrder: Sendable, Hashable, Codable {
  /// How many attempts the person saw: the order is about these.
  public let attempts: Int
  /// The person knows that what is unknown may have arrived, and then arrives twice. Needed for what is unknown.
  public let acceptsDuplicate: Bool?
  /// Also when it is later than the plan allows. Its grace then counts from the order.
  public let pastGrace: Bool?

  /// An order.
  public init(attempts: Int, acceptsDuplicate: Bool? = nil, pastGrace: Bool? = nil) {
    self.attempts = attempts
    self.acceptsDuplicate = acceptsDuplicate
    self.pastGrace = pastGrace
  }

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case attempts
    case acceptsDuplicate = "accepts_duplicate"
    case pastGrace = "past_grace"
  }
}

/// Sends deliveries again that are unknown or failed, on a person's word alone.
public struct Resending: Sendable {
  private let transaction: BrandTransaction
  private let index: RunIndex

  /// Works in the given transaction.
  public init(_ transaction: BrandTransaction, index: RunIndex) {
    self.transaction = transaction
    self.index = index
  }

  private struct Found {
    let state: Delivery.State
    let attempts: Int
    let isLate: Bool
    let work: DeliverTouch
  }

  /// Makes a delivery ready again, with a run of its own, and retires its claim: what the holder of that still learns is
  /// kept as evidence and settles nothing.
  ///
  /// It passes the guards as any other: approval, quiet hours, caps and the channel's rate.
  ///
  /// - Throws: `NotFound`; `WrongState` where it is neither unknown nor failed, or where another attempt was made since the
  ///   person looked, so that a second click orders nothing; `InvalidInput` where a risk has to be accepted.
  public func resend(_ id: ID<Delivery>, _ order: ResendOrder, by who: String) async throws {
    let found = try await locked(id)
    guard [.unknown, .failed].contains(found.state), found.attempts == order.attempts else {
      throw WrongState(state: found.state.rawValue)
    }
    if found.state == .unknown, order.acceptsDuplicate != true { throw InvalidInput("/accepts_duplicate", .required) }
    if found.isLate, order.pastGrace != true { throw InvalidInput("/past_grace", .required) }
    try await retire(id, isLate: found.isLate, by: who)
    let detail = ["state": found.state.rawValue, "attempts": "\(found.attempts)", "past_grace": "\(found.isLate)"]
    let text = String(decoding: try JSONEncoder().encode(detail), as: UTF8.self)
    try await transaction.query(
      "select ops.note_act(\(who), 'resend', \("delivery \(id)"), \(text)::text::jsonb)")
    // Without a key: a run with the same work that still goes on may have looked for the last time.
    try await transaction.enqueue([try NewRun(found.work)], telling: index)
  }

  private func locked(_ id: ID<Delivery>) async throws -> Found {
    let rows = try await transaction.query(
      """
      select d.state, d.attempts, d.touch_id, d.channel_id, t.plan_id,
        t.due_at + p.grace_minutes * interval '1 minute' < clock_timestamp() as is_late
      from deliveries d join touches t on t.id = d.touch_id join plans p on p.id = t.plan_id
      where d.id = \(id) for update of d
      """)
    guard let row = rows.first else { throw NotFound() }
    let state: Delivery.State = try row.state("state")
    guard let channel: ID<Channel> = try row.value("channel_id") else { throw WrongState(state: state.rawValue) }
    return Found(
      state: state, attempts: try row.value("attempts"), isLate: try row.value("is_late"),
      work: DeliverTouch(touch: try row.value("touch_id"), channel: channel, plan: try row.value("plan_id")))
  }

  private func retire(_ id: ID<Delivery>, isLate: Bool, by who: String) async throws {
    try await transaction.query(
      """
      with retired as (
        insert into retired_claims (id, delivery_id, claim, why, by_whom, state, reason, past_grace)
        select \(ID<RetiredClaim>()), id, claim, 'resend', \(who), state, reason, \(isLate)
        from deliveries where id = \(id)
      )
      update deliveries set state = 'ready', claim = null, claim_run = null, claim_epoch = null, reason = null,
        platform_code = null, detail = null, rendered_hash = null, counted_day = null, quota_subject = null, quota_month = null, settled_at = null,
        due_again_at = case when \(isLate) then clock_timestamp() end
      where id = \(id)
      """)
  }
}

/// A claim without which its delivery went on.
public struct RetiredClaim: Sendable, Hashable, Codable {
  /// Why a delivery went on without its claim.
  public enum Why: String, Sendable, Hashable, Codable, CaseIterable {
    /// A person ordered the send anew.
    case resend
    /// The database went back, and forgot what had become of it.
    case databaseRestored = "database_restored"
  }

  /// Its identifier.
  public let id: ID<RetiredClaim>
  /// Why.
  public let why: Why
  /// Who ordered it, and thereby accepted the risk.
  public let byWhom: String
  /// When.
  public let at: Date
  /// How the delivery stood.
  public let state: Delivery.State
  /// Why it stood so.
  public let reason: String?
  /// Ordered later than the plan allows.
  public let pastGrace: Bool
  /// What the holder of the claim learnt afterwards: delivered, failed, unknown or not_sent.
  public let outcome: String?
  /// What the platform or the network said.
  public let detail: String?
  /// When that was written.
  public let outcomeAt: Date?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, why, at, state, reason, outcome, detail
    case byWhom = "by_whom"
    case pastGrace = "past_grace"
    case outcomeAt = "outcome_at"
  }
}

extension DeliveryStore {
  /// The claims without which a delivery went on, the first one first. Those of the kind `resend` are the sends that were
  /// authorised beyond the first.
  public func retiredClaims(of id: ID<Delivery>) async throws -> [RetiredClaim] {
    try await session.query(
      """
      select id, why, by_whom, at, state, reason, past_grace, outcome, detail, outcome_at
      from retired_claims where delivery_id = \(id) order by at, id
      """
    ).map { row in
      RetiredClaim(
        id: try row.value("id"), why: RetiredClaim.Why(rawValue: try row.value("why")) ?? .resend,
        byWhom: try row.value("by_whom"), at: try row.value("at"), state: try row.state("state"),
        reason: try row.value("reason"), pastGrace: try row.value("past_grace"), outcome: try row.value("outcome"),
        detail: try row.value("detail"), outcomeAt: try row.value("outcome_at"))
    }
  }
}
