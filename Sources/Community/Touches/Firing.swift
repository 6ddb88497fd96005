import Foundation
public import Identifiers
public import JobQueue
import Postgres
public import Tenancy

/// Turns a brand's touches whose time has come into runs, and sets the brand's alarm to what comes next.
///
/// Every worker may do it at any time: the alarm's row is the lock, and whoever comes second goes away again.
public struct Firing: Sendable {
  private let tenancy: Tenancy
  private let index: RunIndex

  /// Firing over the given tenancy.
  public init(_ tenancy: Tenancy, index: RunIndex) {
    self.tenancy = tenancy
    self.index = index
  }

  private static let batch = 500

  /// Fires what is due for one tenant of the queue. Throws `NotFound` when the brand is gone.
  public func fire(_ tenant: ID<Tenant>) async throws {
    guard let brand = try await tenancy.brand(ID<Brand>(tenant.uuid)) else { throw NotFound() }
    try await tenancy.transaction(of: brand) { transaction in
      let locked = try await transaction.query("select ops.lock_alarm() as locked")
      guard try locked.first?.value("locked", as: Bool.self) == true else { return }
      let touches = try await due(transaction)
      let plans = try await toExtend(transaction)
      try await transaction.enqueue(
        try touches.map { try NewRun(ExpandTouch(touch: $0.touch, plan: $0.plan), uniqueKey: "expand \($0.touch)") }
          + plans.map { try NewRun(ExtendPlan(plan: $0), uniqueKey: ExtendPlan(plan: $0).key) },
        telling: index)
      try await setAlarm(transaction)
    }
  }

  /// Marks what is due as fired. What is too late, by the plan's grace, is missed, and what belongs to an older version
  /// of its plan never leaves.
  private func due(_ transaction: BrandTransaction) async throws -> [(touch: ID<Touch>, plan: ID<Plan>)] {
    try await transaction.tell(
      LedgerEvents.missed,
      changing: """
        update touches t set state = 'missed' from plans p
        where p.id = t.plan_id and t.state = 'planned'
          and t.due_at < clock_timestamp() - p.grace_minutes * interval '1 minute'
        returning t.id, t.plan_id, t.due_at
        """)
    try await transaction.query(
      """
      update touches t set state = 'withdrawn' from plans p
      where p.id = t.plan_id and t.state = 'planned' and t.due_at <= clock_timestamp()
        and (p.state <> 'approved' or p.version <> t.version)
      """)
    return try await transaction.query(
      """
      update touches set state = 'fired', fired_at = clock_timestamp()
      where id in (
        select id from touches where state = 'planned' and due_at <= clock_timestamp()
        order by due_at, id limit \(Self.batch) for update)
      returning id, plan_id
      """
    ).map { try $0.decode(ID<Touch>.self, ID<Plan>.self) }
  }

  private func toExtend(_ transaction: BrandTransaction) async throws -> [ID<Plan>] {
    try await transaction.query(
      """
      select id from plans
      where state = 'approved' and planned_until < clock_timestamp() + \(TouchPlanning.refill) * interval '1 second'
      limit \(Self.batch)
      """
    ).map { try $0.value("id") }
  }

  /// A plan that is being extended keeps the alarm a while away, so that it does not ring until the run has been.
  private func setAlarm(_ transaction: BrandTransaction) async throws {
    try await transaction.query(
      """
      select ops.set_alarm(least(
        (select min(due_at) from touches where state = 'planned'),
        (select min(greatest(
            planned_until - \(TouchPlanning.refill) * interval '1 second',
            clock_timestamp() + interval '10 minutes'))
          from plans where state = 'approved' and planned_until is not null)))
      """)
  }
}
