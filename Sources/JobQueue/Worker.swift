import Foundation
public import Identifiers
public import Logging
import Metrics
public import Polling
public import Postgres
public import Redis
public import ServiceLifecycle

/// A process's part in a cell's queue: takes runs, performs them, keeps their leases, and does its share of the upkeep.
///
/// A graceful shutdown stops taking, waits for what runs up to the drain limit, cancels the rest and gives it back
/// without charging an attempt.
public struct Worker: Service {
  private let store: RunStore
  private let index: RunIndex
  private let registry: JobRegistry
  private let settings: WorkerSettings
  private let logger: Logger
  private let slots: Slots
  private let leases = LeaseBook()
  private let settler: Settler
  private let upkeep: Upkeep
  private let heartbeat: Heartbeat
  private let alarms: AlarmClock
  /// The heartbeat's own thread.
  private let pulse: PollingLoop

  /// A worker of one cell.
  ///
  /// - Parameters:
  ///   - pool: the cell's database, as the application's login.
  ///   - heartbeatRedis: a client on `pulse`, used for nothing else.
  ///   - ring: fires what is due for a tenant; called by every worker, so it must be safe when two do it at once.
  public init(
    cell: String, pool: PostgresPool, redis: RedisClient, heartbeatRedis: RedisClient, pulse: PollingLoop,
    registry: JobRegistry, settings: WorkerSettings, logger: Logger,
    ring: @escaping @Sendable (ID<Tenant>) async throws -> Void
  ) {
    store = RunStore(pool)
    index = RunIndex(redis, cell: cell)
    self.registry = registry
    self.settings = settings
    self.logger = logger
    self.pulse = pulse
    slots = Slots(settings.slots)
    settler = Settler(store: store, index: index, worker: settings.name, logger: logger)
    upkeep = Upkeep(store: store, index: index, settings: settings, logger: logger)
    heartbeat = Heartbeat(
      index: RunIndex(heartbeatRedis, cell: cell), leases: leases, settings: settings, logger: logger)
    alarms = AlarmClock(pool: pool, ring: ring, logger: logger)
  }

  /// Works until a graceful shutdown or cancellation.
  public func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: pulse) { await heartbeat.run() }
      group.addTask { await cancelWhenGracefulShutdown { await upkeep.run() } }
      group.addTask { await cancelWhenGracefulShutdown { await alarms.run() } }
      await work()
      group.cancelAll()
    }
    logger.info("worker stopped")
  }

  /// Takes runs and performs them until the shutdown, then drains.
  private func work() async {
    let performer = Performer(registry: registry, settler: settler, settings: settings, logger: logger)
    await withDiscardingTaskGroup { attempts in
      var taker = Taker(
        store: store, index: index, upkeep: upkeep, lanes: registry.lanes, settings: settings, logger: logger)
      while !Task.isShuttingDownGracefully, !Task.isCancelled {
        guard let free = await freeSlots() else { break }
        let until = ContinuousClock.now + settings.lease
        for run in await taker.take(upTo: free) {
          let lease = leases.open(run.id, until: until)
          await slots.take()
          attempts.addTask {
            await performer.perform(run, under: lease)
            leases.close(run.id, lease)
            await slots.giveBack()
          }
        }
      }
      await drain()
      attempts.cancelAll()
    }
  }

  /// Nil when the shutdown came first.
  private func freeSlots() async -> Int? {
    await cancelWhenGracefulShutdown { await slots.available() }
  }

  private func drain() async {
    let deadline = ContinuousClock.now + settings.drain
    while await !slots.isIdle, ContinuousClock.now < deadline, !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(20))
    }
    await settler.giveUp()
  }
}
