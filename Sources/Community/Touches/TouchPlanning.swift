import Almanac
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// Keeps a plan's touches written ahead, in the transaction of whatever changed the plan.
public struct TouchPlanning: Sendable {
  /// How far ahead touches are written.
  static let horizon: TimeInterval = 14 * 86_400
  /// A plan whose touches reach no further than this is extended.
  static let refill: TimeInterval = 13 * 86_400

  private let transaction: BrandTransaction

  /// Works in the given transaction.
  public init(_ transaction: BrandTransaction) {
    self.transaction = transaction
  }

  /// Writes the touches of an approved plan from now to the horizon, and takes back those of its older versions.
  ///
  /// Returns how many lie ahead, beyond the horizon included as one, so that 0 means that nothing ever comes.
  func replan(_ id: ID<Plan>, in zone: Zone) async throws -> Int {
    let (plan, versions, now) = try await approved(id)
    let end = now.addingTimeInterval(Self.horizon)
    let slots = Self.slots(of: plan, versions: versions, from: now, until: end, in: zone)
    try await write(slots, of: plan)
    try await transaction.query(
      """
      update touches set state = 'withdrawn'
      where plan_id = \(id) and state = 'planned' and version < \(plan.version)
      """)
    let hasMore = plan.recurrence.occurrences(in: end..<Date.distantFuture, zone: zone).first { _ in true } != nil
    try await transaction.query("update plans set planned_until = \(hasMore ? end : nil) where id = \(id)")
    if let first = slots.map(\.dueAt).min() { try await transaction.query("select ops.wake_at(\(first))") }
    if hasMore {
      try await transaction.query("select ops.wake_at(\(now.addingTimeInterval(Self.horizon - Self.refill)))")
    }
    return slots.count + (hasMore ? 1 : 0)
  }

  /// Carries an approved plan's touches on to the horizon. Nothing to do when the plan is not approved any more.
  public func extend(_ id: ID<Plan>) async throws {
    let plan = try await PlanStore(transaction).locked(id)
    guard plan.state == .approved else { return }
    _ = try await replan(id, in: try await BrandSettingsStore(transaction).held().zone)
  }

  /// Takes back what has not fired.
  func withdraw(_ id: ID<Plan>) async throws {
    try await transaction.query(
      "update touches set state = 'withdrawn' where plan_id = \(id) and state = 'planned'")
  }

  private func approved(_ id: ID<Plan>) async throws -> (Plan, versions: [Int], now: Date) {
    let plan = try await PlanStore(transaction).plan(id)
    let rows = try await transaction.query(
      "select coalesce(approved_versions, '{}'), clock_timestamp() from plans where id = \(id)")
    guard let row = rows.first else { throw NotFound() }
    let (versions, now) = try row.decode([Int].self, Date.self)
    return (plan, versions, now)
  }

  /// One touch to be.
  struct Slot: Sendable, Hashable {
    let occurrence: String
    let content: ID<Content>
    let contentVersion: Int
    let dueAt: Date
    let wall: String
    let zone: String
  }

  /// Pure: the touches of a plan in a span of time. The pieces take turns from the plan's first occurrence on, so that
  /// which piece stands at which time does not hang on when it was planned.
  static func slots(of plan: Plan, versions: [Int], from: Date, until: Date, in zone: Zone) -> [Slot] {
    plan.recurrence.occurrences(in: Date.distantPast..<until, zone: zone).enumerated().compactMap {
      ordinal, occurrence in
      guard occurrence.planned.instant >= from else { return nil }
      let place = ordinal % plan.contents.count
      return Slot(
        occurrence: occurrence.key, content: plan.contents[place], contentVersion: versions[place],
        dueAt: occurrence.planned.instant, wall: "\(occurrence.planned.date)T\(occurrence.planned.time)",
        zone: zone.identifier)
    }
  }

  private func write(_ slots: [Slot], of plan: Plan) async throws {
    try await transaction.query(
      """
      insert into touches (id, plan_id, occurrence, version, content_id, content_version, due_at, wall, zone)
      select id, \(plan.id), occurrence, \(plan.version), content_id, content_version, due_at, wall, zone
      from unnest(\(slots.map { _ in ID<Touch>() }), \(slots.map(\.occurrence)), \(slots.map(\.content)),
        \(slots.map(\.contentVersion)), \(slots.map(\.dueAt)), \(slots.map(\.wall)), \(slots.map(\.zone)))
        as s (id, occurrence, content_id, content_version, due_at, wall, zone)
      on conflict (plan_id, occurrence) do update set
        version = excluded.version, content_id = excluded.content_id, content_version = excluded.content_version,
        due_at = excluded.due_at, wall = excluded.wall, zone = excluded.zone, state = 'planned'
      where touches.state in ('planned', 'withdrawn')
      """)
  }
}
