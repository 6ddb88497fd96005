import Foundation
import Identifiers
import Postgres

/// What the index is compared with.
extension RunStore {
  /// Hands runs to `push` that are near their time and that the index may not have heard of: each once, whoever asks.
  ///
  /// The rows stay locked meanwhile, so that other workers take others, and a push that fails leaves them for the next time.
  /// Returns how many there were, at most `limit`.
  func sweep(limit: Int, push: ([Run]) async throws -> Void) async throws -> Int {
    let horizon = Date(timeIntervalSinceNow: RunIndex.horizon)
    return try await pool.transaction { transaction in
      // The youngest are still on their direct way.
      let runs = try await transaction.query(
        """
        with unseen as materialized (
          select id from ops.runs
          where state = 'ready' and not swept and due_at < \(horizon)
            and created_at < clock_timestamp() - interval '1 second'
          order by due_at limit \(limit) for update skip locked
        )
        update ops.runs r set swept = true from unseen where r.id = unseen.id
        returning \(RunStore.runColumns(of: "r"))
        """
      ).map(Run.init)
      if !runs.isEmpty { try await push(runs) }
      return runs.count
    }
  }

  /// Runs that the index should hold: ready and due before `horizon`, by (due, id) after a place, in the order of the index
  /// on what is ready. Those that were swept and those that were not are asked for apart. Whoever asks for
  /// the unswept first misses none: what is swept meanwhile comes later, and what changes otherwise is pushed by who did it.
  func ready(
    swept: Bool, before horizon: Date, after place: (due: Date, id: ID<Run>)?, limit: Int
  ) async throws -> [Run] {
    try await long(
      """
      select \(RunStore.runColumns(of: "r")) from ops.runs r
      where r.state = 'ready' and r.swept = \(swept) and r.due_at < \(horizon)
        and (r.due_at, r.id) > (\(place?.due ?? .distantPast), \(place?.id ?? ID(.nil)))
      order by r.due_at, r.id limit \(limit)
      """
    ).map(Run.init)
  }

  /// Runs that stand as running since before `instant`, with the worker that started them.
  func running(startedBefore instant: Date, after id: ID<Run>?, limit: Int) async throws -> [(Run, worker: String)] {
    try await long(
      """
      select \(RunStore.runColumns(of: "r")), coalesce(r.worker, '') as worker from ops.runs r
      where r.state = 'running' and r.started_at < \(instant) and r.id > \(id ?? ID(.nil)) order by r.id limit \(limit)
      """
    ).map { (try Run($0), try $0.value("worker")) }
  }

  /// Those of the pauses that stand no longer.
  func ended(pauses keys: [String]) async throws -> [String] {
    guard !keys.isEmpty else { return [] }
    return try await pool.read(
      """
      select w.key from unnest(\(keys)) as w (key) where not exists (select from ops.pauses p where p.key = w.key)
      """
    ).map { try $0.value("key") }
  }

  /// Those of the runs that have ended, or that Postgres does not know.
  func ended(_ ids: [ID<Run>]) async throws -> [ID<Run>] {
    try await long(
      """
      select w.id from unnest(\(ids)) as w (id)
      where not exists (select from ops.runs r where r.id = w.id and r.state in ('ready', 'running'))
      """
    ).map { try $0.value("id") }
  }

  /// The id that an intact index carries, and how far the index had counted when it was last looked at.
  func generation() async throws -> (id: UUID, ticks: Int) {
    guard let row = try await pool.read("select id, ticks from ops.generation").first else {
      throw RunStoreError.noGeneration
    }
    return try row.decode(UUID.self, Int.self)
  }

  /// Gives the index's next life a name. Whoever holds the old one sees that it is over.
  func beginGeneration(after id: UUID) async throws -> UUID {
    try await pool.transaction { transaction in
      try await transaction.query(
        "update ops.generation set id = gen_random_uuid(), ticks = 0 where id = \(id)")
    }
    return try await generation().id
  }

  /// Notes how far the index has counted.
  func note(ticks: Int, of generation: UUID) async throws {
    try await pool.transaction { transaction in
      try await transaction.query(
        "update ops.generation set ticks = \(ticks) where id = \(generation) and ticks < \(ticks)")
    }
  }

  /// Runs `body` unless another process holds the same turn at upkeep; it is free again when this one ends or dies, or has
  /// stood still for ten minutes.
  func exclusively(_ turn: String, _ body: () async throws -> Void) async throws {
    try await pool.transaction { transaction in
      let locked = try await transaction.query(
        """
        select pg_try_advisory_xact_lock(hashtextextended(\("nuanqun " + turn), 0)) as locked,
          set_config('idle_in_transaction_session_timeout', '600s', true)
        """)
      // Longer than the connection's own limit of a lease: a large index takes minutes to build, and a second builder
      // would empty it under the first one's hands.
      guard try locked.first?.value("locked", as: Bool.self) == true else { return }
      try await body()
    }
  }

  /// Makes the partitions of the days to come and removes what was done longer ago than `retention`; what is dead stays
  /// for a person to look at. Returns how many runs were deleted.
  func tend(retention: TimeInterval) async throws -> Int {
    try await pool.transaction { transaction in
      try await transaction.query("select ops.tend_occurrences(\(retention) * interval '1 second')")
    }
    return try await pool.transaction { transaction in
      try await transaction.query("select ops.tend_runs(\(retention) * interval '1 second') as deleted")
        .first?.value("deleted", as: Int32.self)
    }.map(Int.init) ?? 0
  }
}
