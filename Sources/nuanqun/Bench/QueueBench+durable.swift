import Bench
import Foundation
import Identifiers
import JobQueue
import LocalServers
import Postgres
import Redis
import Tenancy

/// The durable path: the product's own worker, over Postgres.
extension QueueBench {
  /// A rate, and microseconds for a job.
  struct DurableDrain {
    let rate: Double
    let postgres: Double
    let worker: Double
  }

  /// Runs of one brand whose starts and ends are committed.
  func durableDrain() async throws -> DurableDrain {
    let jobs = Self.jobs
    let brand = try await makeBrand("durable")
    _ = try await redis.send(RedisCommand("FLUSHALL"))
    return try await withPool { pool in
      let tenancy = Tenancy(
        control: pool, cells: Cells([Cells.first: pool]), masterKeys: try stage.deployment.masterKeys())
      for _ in 0..<(jobs / 1_000) {
        let runs = try (0..<1_000).map { _ in try NewRun(BenchRun()) }
        try await tenancy.transaction(of: brand) { transaction in
          _ = try await RunStore.enqueue(runs, of: ID<Tenant>(brand.id.uuid), in: transaction)
        }
      }
      let store = RunStore(pool)
      return try await withWorker([]) { process in
        try await until { try await store.counts()["ready", default: 0] <= jobs * 9 / 10 }
        let first = try await store.counts()["ready", default: 0]
        let (postgres, worker) = (await postgresSeconds, process.cpuSeconds)
        let start = ContinuousClock.now
        // A look counts what is left, and must not be what is measured.
        try await until {
          try await Task.sleep(for: .milliseconds(20))
          return try await pool.read("select 1 from ops.runs where state in ('ready', 'running') limit 1").isEmpty
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return DurableDrain(
          rate: Double(first) / seconds, postgres: (await postgresSeconds - postgres) / Double(first) * 1e6,
          worker: (process.cpuSeconds - worker) / Double(first) * 1e6)
      }
    }
  }

  private func makeBrand(_ slug: String) async throws -> Brand {
    let owner = try OwnerAccess(stage.deployment)
    let agency = try await AgencyStore(owner.pool).create(slug: slug, name: "Bench")
    let brand = try await owner.brandCreation().create(
      slug: slug, name: "Bench", zone: "Asia/Shanghai", for: agency.id)
    await owner.close()
    return brand
  }

  /// A million runs in Postgres, an empty Redis, and a worker that builds the index anew.
  func rebuild() async throws -> BenchRow {
    let count = 1_000_000
    let brand = try await makeBrand("rebuild")
    let owner = try OwnerAccess(stage.deployment)
    _ = try await owner.pool.transaction { transaction in
      try await transaction.query(
        """
        insert into ops.runs (id, brand_id, kind, lane, payload, due_at, swept)
        select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7' || substr(m.hash, 1, 3) || '8'
          || substr(m.hash, 4, 15))::uuid, \(brand.id), 'bench.shelf', 'shelf', '{}', now(), true
        from generate_series(1, \(count)::integer) as n (number), md5(n.number::text) as m (hash)
        """)
    }
    await owner.close()
    return try await withPool { pool in
      try await withWorker([]) { _ in
        try await until { try await known(cell: Cells.first) >= count }
        let before = try await generation(in: pool)
        _ = try await redis.send(RedisCommand("FLUSHALL"))
        let start = ContinuousClock.now
        try await until {
          try await Task.sleep(for: .milliseconds(50))
          let carried = try await redis.send(RedisCommand("GET", "nq:{\(Cells.first)}:generation")).string
          guard let carried, carried != before else { return false }
          return try await known(cell: Cells.first) >= count
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return row("rebuild_per_s", Double(count) / seconds, nil, "runs per second, of a million, after FLUSHALL")
      }
    }
  }

  /// What a worker asks Postgres while a hundred thousand tenants have nothing to do, each with an alarm and a schedule
  /// that are due in a year.
  func idleQueries() async throws -> BenchRow {
    let owner = try OwnerAccess(stage.deployment)
    _ = try await owner.pool.transaction { transaction in
      try await transaction.query(
        """
        with brands as (
          insert into ops.tenants (role_name, brand_id)
          select 'idle_' || n, gen_random_uuid() from generate_series(1, 100000) as n returning brand_id
        ), alarms as (
          insert into ops.alarms (brand_id, due_at) select brand_id, now() + interval '1 year' from brands
        )
        insert into ops.schedules (id, brand_id, name, kind, lane, class, payload, rule, zone, missed, grace, next_at)
        select gen_random_uuid(), brand_id, 'idle', 'bench.shelf', 'shelf', 'normal', '{}', '{}', 'Asia/Shanghai', 'skip',
          interval '1 hour', now() + interval '1 year'
        from brands
        """)
    }
    // Connections that are made from now on.
    _ = try await owner.pool.lease { connection in
      try await connection.query(SQL(verbatim: "analyze ops.alarms, ops.schedules"))
      return try await connection.query(SQL(verbatim: "alter database nuanqun set log_statement = 'all'"))
    }
    let seconds = 60.0
    let count = try await withWorker([]) { _ in
      try await Task.sleep(for: .seconds(5))
      let before = try loggedQueries()
      try await Task.sleep(for: .seconds(seconds))
      return try loggedQueries() - before
    }
    for statement in [
      "alter database nuanqun reset log_statement", "truncate ops.schedules cascade",
      "delete from ops.alarms where brand_id in (select brand_id from ops.tenants where role_name like 'idle_%')",
      "delete from ops.tenants where role_name like 'idle_%'",
    ] {
      _ = try await owner.pool.lease { try await $0.query(SQL(verbatim: statement)) }
    }
    await owner.close()
    return row(
      "idle_queries_per_s", Double(count) / seconds, nil, "queries of Postgres by a worker, 100,000 tenants idle")
  }

  /// How many queries of the worker Postgres has written into its log.
  private func loggedQueries() throws -> Int {
    try String(contentsOf: stage.postgres.log, encoding: .utf8).split(separator: "\n").count { line in
      line.contains("nuanqun_app@nuanqun") && (line.contains("LOG:  execute") || line.contains("LOG:  statement"))
    }
  }

  private func generation(in pool: PostgresPool) async throws -> String? {
    try await pool.read("select id from ops.generation").first?.value("id", as: UUID.self).uuidString
  }

  private func withPool<Value>(_ body: (PostgresPool) async throws -> Value) async throws -> Value {
    let pool = PostgresPool(try stage.deployment.database(name: "bench"), logger: logger)
    let result: Result<Value, any Error>
    do { result = .success(try await body(pool)) } catch { result = .failure(error) }
    await pool.close()
    return try result.get()
  }

  /// What the server and all its processes have spent.
  private var postgresSeconds: Double {
    get async {
      await stage.postgres.processIdentifier.map { ChildProcess.cpuSeconds(of: $0, withChildren: true) } ?? 0
    }
  }
}
