import JobQueue
import Logging
import Polling
import Redis
import ServiceLifecycle
import TestSupport

/// A worker of the product, in a task of the test.
struct RunningWorker: Sendable {
  private let group: ServiceGroup
  private let task: Task<Void, any Error>
  private let heartbeat: RedisClient

  /// One thread for the heartbeats of all tests: a loop lives as long as its process.
  private static let pulse = PollingLoop(name: "pulse")

  /// Starts a worker with leases of seconds and sweeps several times a second.
  init(
    _ engine: Engine, name: String = "worker", registry: JobRegistry, logger: Logger = .quiet,
    settings change: (inout WorkerSettings) -> Void = { _ in }
  ) {
    var settings = WorkerSettings(name: name)
    settings.slots = 4
    settings.lease = .seconds(5)
    settings.heartbeat = .milliseconds(500)
    settings.sweep = .milliseconds(300)
    settings.compare = .seconds(1)
    settings.drain = .seconds(20)
    settings.handOver = RetryPolicy(attempts: 3, base: 0.05, cap: 0.1)
    change(&settings)
    let deployment = engine.deployment
    heartbeat = RedisClient(deployment.redis.configuration, loop: Self.pulse, logger: .quiet)
    let worker = Worker(
      cell: deployment.cell, pool: deployment.pool, redis: deployment.redis, heartbeatRedis: heartbeat,
      pulse: Self.pulse, registry: registry, settings: settings, logger: logger, ring: { _ in })
    let group = ServiceGroup(configuration: .init(services: [.init(service: worker)], logger: .quiet))
    self.group = group
    task = Task { try await group.run() }
  }

  /// Asks the worker to stop, as a signal to its process does.
  func shutDown() async { await group.triggerGracefulShutdown() }

  /// Returns when the worker has stopped.
  func stopped() async throws {
    do { try await task.value } catch is CancellationError {}
    await heartbeat.close()
  }

  /// Stops it without waiting for its jobs.
  func abort() async {
    task.cancel()
    _ = await task.result
    await heartbeat.close()
  }
}

extension Engine {
  /// Runs `body` beside workers, then shuts them down gracefully.
  func with(_ workers: RunningWorker..., body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch {
      for worker in workers { await worker.abort() }
      throw error
    }
    for worker in workers { await worker.shutDown() }
    for worker in workers { try await worker.stopped() }
  }
}
