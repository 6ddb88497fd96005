public import Foundation
public import Identifiers
public import Postgres

/// What people see of a cell's runs and do to them. Every act stands in the audit table, in the transaction that does it.
public struct RunDesk: Sendable {
  let store: RunStore
  let index: RunIndex
  /// Nil acts across tenants: for whoever runs the deployment.
  let tenant: ID<Tenant>?
  let who: String

  /// A desk for one tenant's runs, or for all.
  ///
  /// - Parameter who: who acts, as the audit table names them.
  public init(_ pool: PostgresPool, index: RunIndex, tenant: ID<Tenant>?, as who: String) {
    store = RunStore(pool)
    self.index = index
    self.tenant = tenant
    self.who = who
  }

  /// Whether anything is started at all.
  public func cell() async throws -> CellStatus { try await CellLife(store.pool).status() }

  /// Makes runs ready that had ended without success. What is done, or waits, or runs is left as it is.
  ///
  /// They begin with no attempt charged, at once. What a person ended is meant only by name or by that state. One that was
  /// enqueued under a key takes it again, and stays as it is where another run has it.
  @discardableResult
  public func retry(_ choice: RunChoice) async throws -> RetriedRuns {
    let meansCancelled = choice.runs != nil || choice.state == .cancelled
    let states = ["dead", "quarantined"] + (meansCancelled ? ["cancelled"] : [])
    let rows = try await act("retry", choice, concerns: { try $0.value("is_ready") }) { transaction in
      try await transaction.query(
        """
        with chosen as materialized (
          select \(RunStore.runColumns(of: "r")), r.unique_key from ops.runs r
          where r.state = any(\(states)) and \(choice.condition(tenant: tenant, on: "r"))
          order by r.id limit \(choice.limit) for update
        ), keyed as (
          insert into ops.run_keys as k (brand_id, key, run_id)
          select distinct on (brand_id, unique_key) brand_id, unique_key, id from chosen
          where unique_key is not null order by brand_id, unique_key, id
          on conflict (brand_id, key) do update set run_id = excluded.run_id, has_ended = false
            where k.run_id = excluded.run_id or k.has_ended and k.until <= clock_timestamp()
          returning k.run_id
        ), retried as (
          update ops.runs r
          set state = 'ready', due_at = clock_timestamp(), swept = false, attempts = 0, crashes = 0, cancel_at = null,
            ended_at = null, batch_id = null
          from chosen c where r.id = c.id and (c.unique_key is null or c.id in (select run_id from keyed))
          returning \(RunStore.runColumns(of: "r"))
        )
        select true as is_ready, \(RunStore.runColumns(of: "retried")) from retried
        union all
        select false, \(RunStore.runColumns(of: "chosen")) from chosen where id not in (select id from retried)
        """)
    }
    let ready = try rows.filter { try $0.value("is_ready") }.map(Run.init)
    // Should the index not hear of it, the sweep brings them.
    _ = try? await index.push(ready)
    let others = try rows.filter { try !$0.value("is_ready", as: Bool.self) }
    return RetriedRuns(ready: ready.map(\.id), underWay: try others.map { try $0.value("id") })
  }

  /// Ends runs that wait, and asks the workers of those that run to end them. Returns those that it concerned.
  @discardableResult
  public func cancel(_ choice: RunChoice) async throws -> [ID<Run>] {
    let rows = try await act("cancel", choice) { transaction in
      try await transaction.query(
        """
        with chosen as materialized (
          select r.id from ops.runs r
          where r.state in ('ready', 'running') and r.cancel_at is null
            and \(choice.condition(tenant: tenant, on: "r"))
          order by r.id limit \(choice.limit) for update
        )
        update ops.runs r set cancel_at = clock_timestamp(), due_at = least(r.due_at, clock_timestamp()), swept = false
        from chosen where r.id = chosen.id
        returning \(RunStore.runColumns(of: "r")), r.state
        """)
    }
    // A run that waits, wherever, is started once more, by which what it may have left open is settled before it ends.
    let waiting = try rows.filter { try $0.value("state") == RunState.ready.rawValue }.map { try Run($0).withoutGate }
    _ = try? await index.forget(waiting.map(\.id))
    _ = try? await index.push(waiting)
    _ = try? await index.moveToFront(waiting.map(\.id))
    return try rows.map { try $0.value("id") }
  }

  /// Moves runs that are ready to the front of their line; returns how many stood in one.
  @discardableResult
  public func moveToFront(_ choice: RunChoice) async throws -> Int {
    let rows = try await act("front", choice) { transaction in
      try await transaction.query(
        """
        select \(RunStore.runColumns(of: "r")) from ops.runs r
        where r.state = 'ready' and r.due_at <= clock_timestamp() and \(choice.condition(tenant: tenant, on: "r"))
        order by r.id limit \(choice.limit)
        """)
    }
    return try await index.moveToFront(try rows.map { try Run($0).id })
  }

  private func act(
    _ act: String, _ choice: RunChoice, concerns: @Sendable (PostgresRow) throws -> Bool = { _ in true },
    _ body: @Sendable (PostgresTransaction) async throws -> PostgresResult
  ) async throws -> PostgresResult {
    try await store.pool.transaction { transaction in
      let rows = try await body(transaction)
      let ids: [ID<Run>] = try rows.filter(concerns).map { try $0.value("id") }
      if !ids.isEmpty { try await audit(act, "\(ids.count) runs", ["runs": ids.map(\.description)], in: transaction) }
      return rows
    }
  }

  func audit(
    _ act: String, _ subject: String, _ detail: [String: [String]] = [:], in session: some PostgresSession
  ) async throws {
    let detail = String(decoding: try JSONEncoder.payload.encode(detail), as: UTF8.self)
    try await session.query(
      """
      insert into ops.audit (by_whom, act, brand_id, subject, detail)
      values (\(who), \(act), \(tenant), \(subject), \(detail)::text::jsonb)
      """)
  }
}

/// What became of runs that somebody wanted to try again.
public struct RetriedRuns: Sendable, Hashable {
  /// These are ready.
  public let ready: [ID<Run>]
  /// These stay as they are: another run does their work now, or has done it.
  public let underWay: [ID<Run>]
}

/// Which runs are meant: by name, or by what they have in common. What is nil does not matter.
public struct RunChoice: Sendable, Hashable {
  /// These, and no others.
  public var runs: [ID<Run>]?
  /// Of this kind.
  public var kind: String?
  /// In this state.
  public var state: RunState?
  /// Of this source.
  public var source: String?
  /// Made before this instant.
  public var madeBefore: Date?
  /// No more than this many, the oldest first.
  public var limit = 1_000

  /// All of them.
  public init() {}

  /// Some by name.
  public init(_ runs: [ID<Run>]) {
    self.runs = runs
  }

  func condition(tenant: ID<Tenant>?, on table: String) -> SQL {
    let column = { (name: String) -> SQL in "\(identifier: table).\(identifier: name)" }
    var conditions: [SQL] = []
    if let tenant { conditions.append("\(column("brand_id")) = \(tenant)") }
    if let runs { conditions.append("\(column("id")) = any(\(runs))") }
    if let kind { conditions.append("\(column("kind")) = \(kind)") }
    if let state { conditions.append("\(column("state")) = \(state.rawValue)") }
    if let source { conditions.append("\(column("source")) = \(source)") }
    if let madeBefore { conditions.append("\(column("created_at")) < \(madeBefore)") }
    return conditions.reduce("true") { all, condition in "\(all) and \(condition)" }
  }
}

/// Where a run stands.
public enum RunState: String, Sendable, Hashable, CaseIterable, Codable {
  /// Waits for its time or its turn.
  case ready
  /// A worker performs it.
  case running
  /// It succeeded.
  case done
  /// Given up: trying again did not help, or could not.
  case dead
  /// Put aside: it killed its workers, or none can read it.
  case quarantined
  /// A person ended it.
  case cancelled
}
