import Foundation
public import Identifiers
public import JobQueue
import Postgres
public import Tenancy

/// Writes the deliveries of a touch that has fired, all at once, and a run for each channel that carries some of them.
public struct Expansion: Sendable {
  private let tenancy: Tenancy
  private let index: RunIndex

  /// Expansion over the given tenancy.
  public init(_ tenancy: Tenancy, index: RunIndex) {
    self.tenancy = tenancy
    self.index = index
  }

  /// Expands a touch. An attempt that was overtaken changes nothing.
  public func expand(_ touch: ID<Touch>, of brand: Brand, in attempt: Attempt) async throws {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      let rows = try await transaction.query(
        """
        select p.approved_groups from touches t join plans p on p.id = t.plan_id
        where t.id = \(touch) and t.state = 'fired' and p.state = 'approved' and p.version = t.version
        for update of t
        """)
      guard let row = rows.first else { return try await withdraw(touch, in: transaction) }
      try await write(touch, to: try row.value("approved_groups"), in: transaction)
    }
  }

  /// Marks a touch as missed whose expansion is given up, so that it is not left waiting unseen.
  public func abandon(_ touch: ID<Touch>, of brand: Brand, in attempt: Attempt) async throws {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      try await transaction.tell(
        LedgerEvents.missed,
        changing: """
          update touches set state = 'missed' where id = \(touch) and state = 'fired' returning id, plan_id, due_at
          """)
    }
  }

  private func write(_ touch: ID<Touch>, to groups: [ID<Group>], in transaction: BrandTransaction) async throws {
    try await transaction.query(
      [
        """
        insert into deliveries (id, touch_id, group_id, channel_id, state, reason, settled_at)
        select d.id, \(touch), g.id, g.channel_id, case when g.channel_id is null then 'skipped' else 'ready' end,
          case when g.channel_id is null then 'no_channel' end, case when g.channel_id is null then now() end
        from unnest(\(groups), \(groups.map { _ in ID<Delivery>() })) as d (group_id, id)
        join groups g on g.id = d.group_id
        on conflict (touch_id, group_id) do nothing
        """
      ], telling: LedgerEvents.settled("d.touch_id = \(touch)"))
    let channels = try await transaction.query(
      """
      select distinct d.channel_id, t.plan_id from deliveries d join touches t on t.id = d.touch_id
      where d.touch_id = \(touch) and d.state = 'ready' order by d.channel_id
      """
    ).map { try $0.decode(ID<Channel>.self, ID<Plan>.self) }
    try await transaction.enqueue(
      try channels.map { channel, plan in
        let payload = DeliverTouch(touch: touch, channel: channel, plan: plan)
        return try NewRun(payload, uniqueKey: payload.key)
      }, telling: index)
    try await transaction.query("update touches set state = 'expanded' where id = \(touch)")
  }

  private func withdraw(_ touch: ID<Touch>, in transaction: BrandTransaction) async throws {
    try await transaction.query(
      "update touches set state = 'withdrawn' where id = \(touch) and state = 'fired'")
  }
}

extension Attempt {
  /// Refuses to go on when the run was started again meanwhile: the transaction then fails with `NQ001`. In a cell that was
  /// closed meanwhile it throws `LeaseLost`: the run is given back.
  func requireEpoch(in transaction: BrandTransaction) async throws {
    do {
      try await transaction.query("select ops.require_epoch(\(run), \(epoch)::integer)")
    } catch let error as PostgresError where error.isCellClosed {
      throw LeaseLost()
    }
  }
}
