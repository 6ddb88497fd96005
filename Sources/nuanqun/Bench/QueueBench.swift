import ArgumentParser
import Bench
import Foundation
import Identifiers
import JobQueue
import LocalServers
import Logging
import Polling
import Redis

/// The queue, measured beside other queues in the same run, with workers in processes of their own.
///
/// The fast path is the engine over books that cost nothing: index, leases, shares and slots, without Postgres. The
/// durable path is the product's: every start and every end committed.
struct QueueBench {
  let stage: Stage
  let redis: RedisClient
  let logger: Logger

  static let jobs = 30_000

  /// What can be measured apart.
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case fast
    case durable
    case growth
    case neighbours
    case recovery
  }

  static func run(home: URL, peers: URL, parts: Set<Part>, _ deployment: Deployment) async throws -> [BenchRow] {
    let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let tools = try await QueuePeers(environment: peers)
    let stage = try await Stage.start(home: home, migrations: try deployment.migrations(), logger: deployment.logger)
    let bench = QueueBench(
      stage: stage, redis: RedisClient(try stage.deployment.redis(name: "bench"), logger: quiet), logger: quiet)
    let result: Result<[BenchRow], any Error>
    do { result = .success(try await bench.measure(parts, tools)) } catch { result = .failure(error) }
    await bench.redis.close()
    await stage.stop()
    return try result.get()
  }

  private func measure(_ parts: Set<Part>, _ peers: QueuePeers) async throws -> [BenchRow] {
    var rows: [BenchRow] = []
    if !parts.isDisjoint(with: [.fast, .durable]) {
      let socket = stage.redis.socket
      let few = try await median(of: 3) { try await fastDrain(tenants: 10, jobs: Self.jobs) }
      let sidekiq = try await peers.sidekiq(redisSocket: socket, jobs: Self.jobs)
      let shipped = try await peers.sidekiq(redisSocket: socket, jobs: Self.jobs, logsJobs: true)
      if parts.contains(.fast) { rows += try await fast(few, sidekiq, shipped) }
      if parts.contains(.durable) { rows += try await durable(sidekiq, shipped, peers) }
    }
    if parts.contains(.growth) { rows += try await growth() }
    if parts.contains(.neighbours) { rows.append(try await noisyNeighbour()) }
    if parts.contains(.recovery) { rows += [try await killedWorker(), try await rebuild()] }
    return rows
  }

  private func fast(
    _ few: Drain, _ sidekiq: QueuePeers.Figures, _ shipped: QueuePeers.Figures
  ) async throws -> [BenchRow] {
    let (p50, p99) = try await latency()
    return [
      row("drain_1", few.rate, sidekiq.drainPerSecond, "no-op jobs per second; theirs: Sidekiq, its job log off"),
      row("drain_1_shipped", few.rate, shipped.drainPerSecond, "the same; theirs: Sidekiq as it comes, jobs logged"),
      row("p50_ms", p50, sidekiq.p50, "ms from enqueue to begin; theirs: Sidekiq"),
      row("p99_ms", p99, sidekiq.p99, "ms from enqueue to begin; theirs: Sidekiq"),
      row("redis_us_per_job", few.redis, sidekiq.redisMicroseconds, "µs of Redis for enqueue, reserve and end"),
      row("redis_us_enqueue", few.enqueueing, nil, "µs of these for the enqueue"),
      row("worker_us_per_job", few.worker, sidekiq.workerMicroseconds, "µs of the worker's process"),
      row("worker_rss_mb", few.memory - few.idleMemory, nil, "MB of a worker after the load, beyond an idle one's"),
      row("worker_rss_whole_mb", few.memory, sidekiq.workerMegabytes, "MB of a worker after the load"),
    ]
  }

  private func durable(
    _ sidekiq: QueuePeers.Figures, _ shipped: QueuePeers.Figures, _ peers: QueuePeers
  ) async throws -> [BenchRow] {
    let durable = try await durableDrain()
    let url = stage.postgres.url(database: "nuanqun")
    let pgqueuer = try await peers.pgqueuer(postgres: url, jobs: Self.jobs)
    let procrastinate = try await peers.procrastinate(postgres: url, jobs: 4_000)
    return [
      row(
        "durable_1", durable.rate, sidekiq.drainPerSecond,
        "no-op jobs per second, start and end committed; theirs: Sidekiq, its job log off"),
      row("durable_1_shipped", durable.rate, shipped.drainPerSecond, "the same; theirs: Sidekiq as it comes"),
      row("durable_pgqueuer", durable.rate, pgqueuer.drainPerSecond, "the same beside pgqueuer"),
      row("durable_procrastinate", durable.rate, procrastinate.drainPerSecond, "the same beside procrastinate"),
      row("durable_postgres_us_per_job", durable.postgres, nil, "µs of Postgres for start and end"),
      row("durable_worker_us_per_job", durable.worker, nil, "µs of the worker's process"),
    ]
  }

  /// Cost of a job with many tenants beside the cost with few, and what the many cost while nothing is to be done.
  private func growth() async throws -> [BenchRow] {
    let few = try await fastDrain(tenants: 10, jobs: 100_000)
    let some = try await fastDrain(tenants: 1_000, jobs: 100_000)
    let many = try await fastDrain(tenants: 100_000, jobs: 100_000)
    return [
      row("growth_1000_over_10", some.cost / few.cost, nil, "cost of a job with 1,000 tenants over that with 10"),
      row("growth_100000_over_10", many.cost / few.cost, nil, "cost of a job with 100,000 tenants over that with 10"),
      row(
        "idle_commands_per_s", many.idleCommands, nil, "commands of Redis, scripts' own counted, 100,000 tenants idle"),
      try await idleQueries(),
    ]
  }

  func row(_ name: String, _ ours: Double, _ theirs: Double?, _ unit: String) -> BenchRow {
    BenchRow(name: name, ours: ours, theirs: theirs, unit: unit, ratio: theirs.map { $0 > 0 ? ours / $0 : 0 })
  }

  private func median(of count: Int, _ measure: () async throws -> Drain) async throws -> Drain {
    var drains: [Drain] = []
    for _ in 0..<count { drains.append(try await measure()) }
    return drains.sorted { $0.rate < $1.rate }[count / 2]
  }

  // MARK: - Workers

  /// An empty index that is whole, as a worker without Postgres is told.
  func freshIndex() async throws -> (index: RunIndex, generation: String) {
    _ = try await redis.send(RedisCommand("FLUSHALL"))
    let generation = UUID().uuidString
    _ = try await redis.send(RedisCommand("SET", "nq:{\(BenchWorkerCommand.cell)}:generation", generation))
    return (RunIndex(redis, cell: BenchWorkerCommand.cell), generation)
  }

  /// Runs `body` beside a worker's process.
  func withWorker<Value>(
    _ arguments: [String], name: String = "bench-worker", _ body: (ChildProcess) async throws -> Value
  ) async throws -> Value {
    let process = try stage.process(["bench-worker"] + arguments, name: name)
    let result: Result<Value, any Error>
    do { result = .success(try await body(process)) } catch { result = .failure(error) }
    await process.stop()
    return try result.get()
  }

  /// An empty file for a worker's begins.
  func journal(_ name: String) throws -> String {
    let path = stage.home.appending(path: "\(name).begins").path
    try Data().write(to: URL(filePath: path))
    return path
  }

  // MARK: - Looking

  /// How many runs an index knows.
  func known(cell: String = BenchWorkerCommand.cell) async throws -> Int {
    try await redis.send(RedisCommand("HLEN", "nq:{\(cell)}:runs")).integer ?? 0
  }

  func until(within limit: Duration = .seconds(180), _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
      guard ContinuousClock.now < end else { throw DemoFailure("the queue did not get there within \(limit)") }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// What Redis has spent.
  func redisSeconds() async throws -> Double {
    try await info("cpu").filter { ["used_cpu_sys", "used_cpu_user"].contains($0.key) }.reduce(0) { $0 + $1.value }
  }

  /// How many commands Redis has carried out; those of scripts count one by one.
  func redisCommands() async throws -> Double {
    let text = try await redis.send(RedisCommand("INFO", "commandstats")).string ?? ""
    return text.split(whereSeparator: \.isNewline).reduce(0) { sum, line in
      let calls = line.split(separator: ":").last?.split(separator: ",").first?.dropFirst("calls=".count)
      return sum + (calls.flatMap { Double($0) } ?? 0)
    }
  }

  private func info(_ section: String) async throws -> [String: Double] {
    let text = try await redis.send(RedisCommand("INFO", section)).string ?? ""
    return text.split(whereSeparator: \.isNewline).reduce(into: [:]) { values, line in
      let parts = line.split(separator: ":")
      if parts.count == 2 { values[String(parts[0])] = Double(parts[1]) }
    }
  }
}
