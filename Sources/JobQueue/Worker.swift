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
  private let store: any RunBooks
  private let index: any RunIndexing
  private let registry: JobRegistry
  private let settings: WorkerSettings
  private let logger: Logger
  private let leases: LeaseBook
  private let settler: Settler
  private let upkeep: Upkeep
  private let witness: Witness
  private let heartbeat: Heartbeat
  private let patience = Patience()
  private let alarms: AlarmClock?
  private let schedules: ScheduleClock?
  /// The heartbeat's own thread.
  private let pulse: any TaskExecutor
  /// The thread on which Redis's answers arrive.
  private let taking: (any TaskExecutor)?

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
    self.init(
      books: RunStore(pool), index: RunIndex(redis, cell: cell), pulseIndex: RunIndex(heartbeatRedis, cell: cell),
      pulse: pulse, taking: redis.loop, registry: registry, settings: settings, logger: logger,
      schedules: ScheduleClock(store: ScheduleStore(pool), index: RunIndex(redis, cell: cell), logger: logger),
      alarms: AlarmClock(pool: pool, ring: ring, logger: logger))
  }

  /// A worker over books that cost nothing: for measuring the engine.
  public init(
    books: WillingBooks, cell: String, redis: RedisClient, heartbeatRedis: RedisClient, pulse: PollingLoop,
    registry: JobRegistry, settings: WorkerSettings, logger: Logger
  ) {
    self.init(
      books: books, index: RunIndex(redis, cell: cell), pulseIndex: RunIndex(heartbeatRedis, cell: cell),
      pulse: pulse, taking: redis.loop, registry: registry, settings: settings, logger: logger, schedules: nil,
      alarms: nil)
  }

  /// A worker over any books and any index.
  init(
    books: any RunBooks, index: any RunIndexing, pulseIndex: any RunIndexing, pulse: any TaskExecutor,
    taking: (any TaskExecutor)? = nil, registry: JobRegistry, settings: WorkerSettings, logger: Logger,
    schedules: ScheduleClock?, alarms: AlarmClock?
  ) {
    store = books
    self.index = index
    self.registry = registry
    self.settings = settings
    self.logger = logger
    self.pulse = pulse
    self.taking = taking
    self.schedules = schedules
    self.alarms = alarms
    leases = LeaseBook(time: settings.time)
    settler = Settler(
      store: books, index: index, leases: leases, worker: settings.name, time: settings.time, logger: logger)
    witness = Witness(index: index, time: settings.time, logger: logger)
    upkeep = Upkeep(store: books, index: index, witness: witness, settings: settings, logger: logger)
    heartbeat = Heartbeat(index: pulseIndex, leases: leases, settings: settings, logger: logger)
  }

  /// Works until a graceful shutdown or cancellation.
  public func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: pulse) { await heartbeat.run() }
      group.addTask { await heartbeat.giveSigns() }
      group.addTask { await watchCancellations() }
      group.addTask { await cancelledByShutdown { await upkeep.run() } }
      group.addTask { await cancelledByShutdown { await alarms?.run() } }
      group.addTask { await cancelledByShutdown { await schedules?.run() } }
      group.addTask { await giveUpAfterDrain() }
      let (urgent, calm) = (settings.slotsForInteractive, settings.slotsForNewcomers)
      async let interactive: Void = shift(urgent, .interactive).work()
      async let newcomers: Void = shift(calm, .newcomers).work()
      await shift(settings.slots - urgent - calm, .any).work()
      _ = await (interactive, newcomers)
      group.cancelAll()
    }
    logger.info("worker stopped")
  }

  /// Looks once a second whether a person wants an attempt of this worker to end.
  private func watchCancellations() async {
    while !Task.isCancelled {
      try? await settings.time.sleep(for: .seconds(1))
      guard !leases.isEmpty else { continue }
      do {
        leases.cancel(try await store.cancelled(of: settings.name))
      } catch {
        logger.debug("cancellations not read", metadata: ["error": "\(error)"])
      }
    }
  }

  /// What cannot be written when the time for it is over is left to the next worker, and so is what a server that hangs has
  /// not answered.
  private func giveUpAfterDrain() async {
    await untilShutdown()
    try? await settings.time.sleep(for: settings.drain)
    settler.giveUp()
    patience.end()
  }

  private func shift(_ count: Int, _ kind: SlotKind) -> Shift {
    let taker = Taker(
      store: store, index: index, upkeep: upkeep, witness: witness, registry: registry, kind: kind,
      settings: settings, logger: logger)
    let performer = Performer(registry: registry, store: store, settings: settings, logger: logger)
    return Shift(
      slots: Slots(count), taker: taker, performer: performer, settler: settler, leases: leases, patience: patience,
      settings: settings,
      fewAreTakenOn: taking)
  }
}
