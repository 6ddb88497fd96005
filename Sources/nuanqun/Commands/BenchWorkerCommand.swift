import ArgumentParser
import Foundation
import JobQueue
import Polling
import Postgres
import Redis
import ServiceLifecycle
import Tenancy

/// `nuanqun bench-worker`: a worker of the queue's bench, in a process of its own so that what it takes can be told.
struct BenchWorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-worker", abstract: "A worker of `bench queue`.", shouldDisplay: false)

  /// The index's name; no product's.
  static let cell = "bench"

  @Option(help: "Work without Postgres, over an index that carries this generation.")
  var generation: String?

  @Option(help: "How many attempts run at the same time.")
  var slots = 512

  @Option(help: "How long each run takes, in milliseconds.")
  var hold = 0

  @Option(help: "A file to which each begin is written.")
  var journal: String?

  func run() async {
    await CommandProcess.run { deployment in
      var settings = WorkerSettings(name: WorkerSettings.uniqueName())
      settings.slots = slots
      var registry = JobRegistry()
      registry.register(
        BenchJob(hold: hold > 0 ? .milliseconds(hold) : nil, journal: try journal.map { try BenchJournal(path: $0) }))
      let pulse = PollingLoop(name: "pulse")
      let redis = RedisClient(try deployment.redis(name: "bench"), logger: deployment.logger)
      let heartbeat = RedisClient(try deployment.redis(name: "pulse"), loop: pulse, logger: deployment.logger)
      if let generation {
        guard let id = UUID(uuidString: generation) else { throw DemoFailure("\(generation) is no generation") }
        let worker = Worker(
          books: try WillingBooks(payload: BenchRun(), generation: id), cell: Self.cell, redis: redis,
          heartbeatRedis: heartbeat, pulse: pulse, registry: registry, settings: settings, logger: deployment.logger)
        try await CommandProcess.serve([worker], logger: deployment.logger)
      } else {
        let pool = PostgresPool(try deployment.database(name: "bench"), logger: deployment.logger)
        let worker = Worker(
          cell: Cells.first, pool: pool, redis: redis, heartbeatRedis: heartbeat, pulse: pulse, registry: registry,
          settings: settings, logger: deployment.logger, ring: { _ in })
        try await CommandProcess.serve([worker], logger: deployment.logger)
        await pool.close()
      }
      await redis.close()
      await heartbeat.close()
    }
  }
}
