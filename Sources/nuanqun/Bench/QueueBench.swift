import Bench
import Foundation
import Glibc
import Identifiers
import JobQueue
import LocalServers
import Logging
import Polling
import Postgres
import Redis
import Tenancy

/// The queue, measured in this process beside other queues in the same run.
///
/// The fast path is the engine over books in memory: index, leases, shares and slots, without Postgres. The durable path is
/// the product's: every start and every end committed.
struct QueueBench {
  let stage: Stage
  let redis: RedisClient
  let heartbeat: RedisClient
  let pulse: PollingLoop
  let logger: Logger

  private static let slots = 512
  private static let jobs = 30_000

  static func run(home: URL, peers: URL, _ deployment: Deployment) async throws -> [BenchRow] {
    let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let tools = try await QueuePeers(environment: peers)
    let stage = try await Stage.start(home: home, migrations: try deployment.migrations(), logger: deployment.logger)
    let pulse = PollingLoop(name: "pulse")
    let configuration = try stage.deployment.redis(name: "bench")
    let bench = QueueBench(
      stage: stage, redis: RedisClient(configuration, logger: quiet),
      heartbeat: RedisClient(configuration, loop: pulse, logger: quiet), pulse: pulse, logger: quiet)
    let result: Result<[BenchRow], any Error>
    do { result = .success(try await bench.measure(tools)) } catch { result = .failure(error) }
    await bench.redis.close()
    await bench.heartbeat.close()
    await stage.stop()
    return try result.get()
  }

  private func measure(_ peers: QueuePeers) async throws -> [BenchRow] {
    let socket = stage.redis.socket
    let ours = try await median(of: 3) { try await fastDrain(tenants: 10, jobs: Self.jobs) }
    let (p50, p99) = try await latency()
    let theirs = try await peers.sidekiq(redisSocket: socket, jobs: Self.jobs)
    let durable = try await durableDrain()
    let url = stage.postgres.url(database: "nuanqun")
    let pgqueuer = try await peers.pgqueuer(postgres: url, jobs: Self.jobs)
    let procrastinate = try await peers.procrastinate(postgres: url, jobs: 4_000)
    let few = try await fastDrain(tenants: 10, jobs: 100_000)
    let many = try await fastDrain(tenants: 100_000, jobs: 100_000)
    let growth = (many.redis + many.worker) / (few.redis + few.worker)
    return [
      row("drain_1", ours.rate, theirs.drainPerSecond, "no-op jobs per second; theirs: Sidekiq"),
      row("p50_ms", p50, theirs.p50, "ms from enqueue to begin; theirs: Sidekiq"),
      row("p99_ms", p99, theirs.p99, "ms from enqueue to begin; theirs: Sidekiq"),
      row("redis_us_per_job", ours.redis, theirs.redisMicroseconds, "µs of Redis for enqueue, reserve and end"),
      row("worker_us_per_job", ours.worker, theirs.workerMicroseconds, "µs of the worker's process"),
      row(
        "worker_rss_mb", Self.residentMegabytes, theirs.workerMegabytes,
        "MB of the whole bench; theirs: Sidekiq's worker"),
      row(
        "durable_1", durable, theirs.drainPerSecond, "no-op jobs per second, start and end committed; theirs: Sidekiq"),
      row("durable_pgqueuer", durable, pgqueuer.drainPerSecond, "the same beside pgqueuer"),
      row("durable_procrastinate", durable, procrastinate.drainPerSecond, "the same beside procrastinate"),
      row("growth_100000_over_10", growth, nil, "cost of a job with 100,000 tenants over that with 10"),
    ]
  }

  private func row(_ name: String, _ ours: Double, _ theirs: Double?, _ unit: String) -> BenchRow {
    BenchRow(name: name, ours: ours, theirs: theirs, unit: unit, ratio: theirs.map { $0 > 0 ? ours / $0 : 0 })
  }

  // MARK: - The fast path

  /// Rate, and microseconds per job.
  private struct Drain {
    let rate: Double
    let redis: Double
    let worker: Double
  }

  private func median(of count: Int, _ measure: () async throws -> Drain) async throws -> Drain {
    var drains: [Drain] = []
    for _ in 0..<count { drains.append(try await measure()) }
    return drains.sorted { $0.rate < $1.rate }[count / 2]
  }

  /// Enqueues one by one, then lets a worker drain; a tenth more than are counted, so that the worker is warm.
  private func fastDrain(tenants count: Int, jobs: Int) async throws -> Drain {
    _ = try await redis.send(RedisCommand("FLUSHALL"))
    let (books, index) = (VolatileBooks(), RunIndex(redis, cell: "bench"))
    let tenants = (0..<count).map { _ in ID<Tenant>() }
    let total = jobs + jobs / 10
    let before = try await redisSeconds()
    try await withThrowingTaskGroup { group in
      for lane in 0..<64 {
        group.addTask(executorPreference: PollingLoop.shared) {
          for number in stride(from: lane, to: total, by: 64) {
            try await index.push(books.add([try NewRun(NoOp())], of: tenants[number % count]))
          }
        }
      }
      try await group.waitForAll()
    }
    let enqueue = (try await redisSeconds() - before) / Double(total)
    return try await working(books, registry: .noOps) {
      try await until { books.done >= total - jobs }
      let (first, start) = (books.done, ContinuousClock.now)
      let (cpu, redisBefore) = (Self.processSeconds, try await redisSeconds())
      try await until { books.done >= total }
      let counted = Double(total - first)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let drain = (try await redisSeconds() - redisBefore) / counted
      return Drain(
        rate: counted / seconds, redis: (enqueue + drain) * 1e6, worker: (Self.processSeconds - cpu) / counted * 1e6)
    }
  }

  /// Six hundred probes at forty a second, on an idle worker.
  private func latency() async throws -> (p50: Double, p99: Double) {
    _ = try await redis.send(RedisCommand("FLUSHALL"))
    let (books, index, times) = (VolatileBooks(), RunIndex(redis, cell: "bench"), Beginnings())
    var registry = JobRegistry()
    registry.register(NoOpJob { times.note($0) })
    return try await working(books, registry: registry) {
      for number in 0..<620 {
        let new = try NewRun(NoOp())
        times.expect(new.id)
        try await index.push(books.add([new], of: ID<Tenant>()))
        if number == 19 {
          try await until { books.done == 20 }
          times.forget()
        }
        try await Task.sleep(for: .milliseconds(25))
      }
      try await until { books.done == 620 }
      let waits = times.waits.sorted()
      return (waits[waits.count / 2], waits[waits.count * 99 / 100])
    }
  }

  /// Runs `body` beside a worker.
  private func working<Value: Sendable>(
    _ books: VolatileBooks, registry: JobRegistry, _ body: () async throws -> Value
  ) async throws -> Value {
    let worker = Worker(
      books: books, cell: "bench", redis: redis, heartbeatRedis: heartbeat, pulse: pulse, registry: registry,
      settings: Self.settings, logger: logger)
    return try await running(worker, body)
  }

  private func running<Value: Sendable>(_ worker: Worker, _ body: () async throws -> Value) async throws -> Value {
    let task = Task { try await worker.run() }
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    task.cancel()
    _ = await task.result
    return try result.get()
  }

  private static var settings: WorkerSettings {
    var settings = WorkerSettings(name: WorkerSettings.uniqueName())
    settings.slots = slots
    return settings
  }

  // MARK: - The durable path

  /// Runs of one brand whose starts and ends are committed, per second.
  private func durableDrain() async throws -> Double {
    let jobs = 20_000
    let owner = try OwnerAccess(stage.deployment)
    let agency = try await AgencyStore(owner.pool).create(slug: "bench", name: "Bench")
    let brand = try await owner.brandCreation().create(
      slug: "bench", name: "Bench", zone: "Asia/Shanghai", for: agency.id)
    await owner.close()
    let pool = PostgresPool(try stage.deployment.database(name: "bench"), logger: logger)
    let tenancy = Tenancy(
      control: pool, cells: Cells([Cells.first: pool]), masterKeys: try stage.deployment.masterKeys())
    _ = try await redis.send(RedisCommand("FLUSHALL"))
    for _ in 0..<(jobs / 1_000) {
      let runs = try (0..<1_000).map { _ in try NewRun(NoOp()) }
      try await tenancy.transaction(of: brand) { transaction in
        _ = try await RunStore.enqueue(runs, of: ID<Tenant>(brand.id.uuid), in: transaction)
      }
    }
    let worker = Worker(
      cell: Cells.first, pool: pool, redis: redis, heartbeatRedis: heartbeat, pulse: pulse, registry: .noOps,
      settings: Self.settings, logger: logger, ring: { _ in })
    let rate = try await running(worker) {
      let store = RunStore(pool)
      try await until { try await store.counts()["ready", default: 0] <= jobs * 9 / 10 }
      let (first, start) = (try await store.counts()["ready", default: 0], ContinuousClock.now)
      try await until { try await store.counts()["ready", default: 0] + store.counts()["running", default: 0] == 0 }
      return Double(first) / ((ContinuousClock.now - start) / .seconds(1))
    }
    await pool.close()
    return rate
  }

  // MARK: - Looking

  private func until(_ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(180)
    while try await !condition() {
      guard ContinuousClock.now < end else { throw DemoFailure("the queue did not drain within three minutes") }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// What Redis has spent.
  private func redisSeconds() async throws -> Double {
    let info = try await redis.send(RedisCommand("INFO", "cpu")).string ?? ""
    return info.split(whereSeparator: \.isNewline).reduce(0) { sum, line in
      let parts = line.split(separator: ":")
      guard parts.count == 2, parts[0] == "used_cpu_sys" || parts[0] == "used_cpu_user" else { return sum }
      return sum + (Double(parts[1]) ?? 0)
    }
  }

  private static var processSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static var residentMegabytes: Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(whereSeparator: \.isNewline).first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) / 1_000
  }
}
