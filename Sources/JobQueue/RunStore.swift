import Foundation
public import Identifiers
public import Postgres

/// The SQL of `ops.runs`: the truth about runs of one cell.
public struct RunStore: Sendable {
  private let pool: PostgresPool

  /// Works with the application's login, across brands.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// Adds runs in the caller's own transaction, which acts as the tenant. Returns those that were added.
  public static func enqueue(
    _ runs: [NewRun], of tenant: ID<Tenant>, in session: some PostgresSession
  ) async throws -> [Run] {
    guard !runs.isEmpty else { return [] }
    let added = try await session.query(
      """
      select id, due_at from ops.enqueue(
        \(runs.map(\.id)), \(runs.map(\.kind)), \(runs.map(\.lane.name)),
        \(runs.map(\.payload))::text[]::jsonb[], \(runs.map(\.uniqueKey)), \(runs.map(\.dueAt)))
      """)
    let dues = Dictionary(uniqueKeysWithValues: try added.map { try $0.decode(ID<Run>.self, Date.self) })
    return runs.compactMap { run in
      dues[run.id].map { Run(id: run.id, tenant: tenant, lane: run.lane, dueAt: $0) }
    }
  }

  /// Raises the epochs of runs in one statement and returns those that may be performed: what is missing in the answer
  /// has ended or is not due, give or take the clocks of two machines. A run that stood as running crashed before.
  func start(_ ids: [ID<Run>], worker: String) async throws -> [StartedRun] {
    try await pool.transaction { transaction in
      try await transaction.query(
        """
        with locked as materialized (
          select id, state from ops.runs
          where id = any(\(ids)) and (state = 'running' or (state = 'ready' and due_at <= clock_timestamp() + interval '2 seconds'))
          order by id for update
        )
        update ops.runs r
        set state = 'running', epoch = r.epoch + 1, worker = \(worker), started_at = clock_timestamp(),
          crashes = r.crashes + (locked.state = 'running')::int
        from locked where r.id = locked.id
        returning r.id, r.brand_id, r.kind, r.payload::text, r.epoch, r.attempts, r.crashes
        """
      ).map { row in
        let (id, tenant, kind, payload, epoch, attempts, crashes) = try row.decode(
          ID<Run>.self, ID<Tenant>.self, String.self, String.self, Int.self, Int.self, Int.self)
        return StartedRun(
          id: id, tenant: tenant, kind: kind, payload: payload, epoch: epoch, attempts: attempts, crashes: crashes)
      }
    }
  }

  /// Writes how attempts ended, each only if its epoch still stands, and returns the runs whose end was written.
  @discardableResult
  func finish(_ endings: [Ending]) async throws -> Set<ID<Run>> {
    try await pool.transaction { transaction in
      let written = try await transaction.query(
        """
        with endings as (
          select * from unnest(
            \(endings.map(\.run)), \(endings.map(\.epoch)), \(endings.map(\.state.rawValue)),
            \(endings.map(\.dueAt)), \(endings.map { $0.chargesAttempt ? 1 : 0 }), \(endings.map(\.error)))
            as e (id, epoch, state, due_at, charge, error)
        ), locked as materialized (
          select r.id from ops.runs r where r.id in (select id from endings) order by r.id for update
        )
        update ops.runs r
        set state = e.state, due_at = coalesce(e.due_at, r.due_at), attempts = r.attempts + e.charge,
          error = coalesce(e.error, r.error), worker = null,
          ended_at = case when e.state in ('done', 'dead') then clock_timestamp() end
        from endings e join locked using (id)
        where r.id = e.id and r.epoch = e.epoch and r.state = 'running'
        returning r.id
        """)
      return Set(try written.map { try $0.value("id") })
    }
  }

  /// Runs that the index should hold: ready and due before `horizon`, by (due, id) after a place.
  func ready(before horizon: Date, after place: (due: Date, id: ID<Run>)?, limit: Int) async throws -> [Run] {
    try await page(
      """
      select id, brand_id, lane, due_at from ops.runs
      where state = 'ready' and due_at < \(horizon)
        and (due_at, id) > (\(place?.due ?? .distantPast), \(place?.id ?? ID(.nil)))
      order by due_at, id limit \(limit)
      """
    ).map { row in
      let (id, tenant, lane, due) = try row.decode(ID<Run>.self, ID<Tenant>.self, String.self, Date.self)
      return Run(id: id, tenant: tenant, lane: Lane(lane), dueAt: due)
    }
  }

  /// Runs that stand as running since before `instant`, with the worker that started them.
  func running(startedBefore instant: Date, after id: ID<Run>?, limit: Int) async throws -> [(Run, worker: String)] {
    try await page(
      """
      select id, brand_id, lane, due_at, coalesce(worker, '') as worker from ops.runs
      where state = 'running' and started_at < \(instant) and id > \(id ?? ID(.nil))
      order by id limit \(limit)
      """
    ).map { row in
      let (id, tenant, lane, due, worker) = try row.decode(
        ID<Run>.self, ID<Tenant>.self, String.self, Date.self, String.self)
      return (Run(id: id, tenant: tenant, lane: Lane(lane), dueAt: due), worker)
    }
  }

  /// The id that an intact index carries.
  func generation() async throws -> UUID {
    guard let row = try await pool.read("select id from ops.generation").first else { throw RunStoreError.noGeneration }
    return try row.value("id")
  }

  /// Runs `body` unless another process holds the same turn at upkeep; it is free again when this one ends or dies.
  func exclusively(_ turn: String, _ body: () async throws -> Void) async throws {
    try await pool.transaction { transaction in
      let locked = try await transaction.query(
        "select pg_try_advisory_xact_lock(hashtextextended(\("nuanqun " + turn), 0)) as locked")
      guard try locked.first?.value("locked", as: Bool.self) == true else { return }
      try await body()
    }
  }

  /// Deletes up to `limit` runs that were done before `instant`; what is dead stays for a person to look at.
  func prune(endedBefore instant: Date, limit: Int) async throws -> Int {
    try await pool.transaction { transaction in
      try await transaction.query(
        """
        delete from ops.runs where id in (
          select id from ops.runs where state = 'done' and ended_at < \(instant)
          order by ended_at limit \(limit) for update skip locked)
        """
      ).affected
    }
  }

  /// Reads much: on a connection of its own, so that nobody's short read waits behind it.
  private func page(_ statement: SQL) async throws -> PostgresResult {
    try await pool.transaction(TransactionOptions(readOnly: true)) { try await $0.query(statement) }
  }

  /// How many runs are in each state, for metrics and the doctor.
  public func counts() async throws -> [String: Int] {
    let rows = try await page(
      "select state, count(*) as runs from ops.runs where state in ('ready', 'running', 'dead') group by state")
    return Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(String.self, Int.self) })
  }
}

/// What is wrong with a cell's `ops` schema.
public enum RunStoreError: Error {
  /// The row that names the index's generation is gone: the schema was not made by the migrations.
  case noGeneration
}

extension UUID {
  static let `nil` = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
