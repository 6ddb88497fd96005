import Foundation
import Identifiers
import Logging
import Metrics
import Postgres

/// Gets a worker its next runs: reserved in the index, then started in Postgres, which has the last word.
struct Taker {
  let store: any RunBooks
  let index: any RunIndexing
  let upkeep: Upkeep
  let witness: Witness
  private var lanes: [Lane]
  private let keepers: [Lane: any LaneKeeper]
  let kind: SlotKind
  let settings: WorkerSettings
  let logger: Logger

  private var generation: UUID?
  /// How many reservations the index had counted when it last answered, under the generation.
  private var ticks = 0
  private var pause = Duration.milliseconds(50)

  private static let batch = 200
  private static let longestWait = Duration.seconds(1)
  private static let closedPause = Duration.seconds(1)

  init(
    store: any RunBooks, index: any RunIndexing, upkeep: Upkeep, witness: Witness, registry: JobRegistry,
    kind: SlotKind, settings: WorkerSettings, logger: Logger
  ) {
    self.witness = witness
    self.kind = kind
    self.store = store
    self.index = index
    self.upkeep = upkeep
    lanes = registry.lanes
    keepers = registry.keepers
    self.settings = settings
    self.logger = logger
  }

  /// Up to `count` started runs. When there are none it waits a little, at most a second, and returns nothing.
  mutating func take(upTo count: Int) async -> [StartedRun] {
    do {
      let runs = try await attempt(upTo: min(count, Self.batch))
      pause = .milliseconds(50)
      return runs
    } catch {
      logger.warning("no runs taken", metadata: ["error": "\(error)"])
      generation = nil
      await rest(pause)
      pause = min(pause * 2, .seconds(2))
      return []
    }
  }

  private mutating func attempt(upTo count: Int) async throws -> [StartedRun] {
    let known = try await knownGeneration()
    // Another lane is first each time, so that one free slot at a time serves all of them too.
    if let first = lanes.first { lanes = lanes.dropFirst() + [first] }
    let open = await openLanes(upTo: count)
    guard open.count > 0, !open.lanes.isEmpty else {
      await rest(min(open.shutFor ?? Self.longestWait, Self.longestWait))
      return []
    }
    let wish = ReservationWish(
      count: kind == .interactive ? 0 : open.count, interactive: kind == .interactive ? open.count : 0,
      lanes: open.lanes, lease: settings.lease, tenantCap: settings.tenantCap, isCapStrict: kind == .newcomers)
    switch try await index.reserve(wish, for: settings.name, generation: known) {
    case .notWhole:
      // Another worker may be building the index: then the next attempt comes after a pause.
      generation = nil
      try await upkeep.rebuild()
      if try await !index.carries(try await store.generation().id) { await rest(.milliseconds(200)) }
      return []
    case .runs(let ids, let nextDue, let ticks):
      // Each reservation counts one up, so that the same number again is a rollback too.
      if try await upkeep.wasRolledBack(ticks, atLeast: self.ticks + 1, of: known) {
        generation = nil
        return []
      }
      self.ticks = ticks
      guard ids.isEmpty else { return try await start(ids) }
      let wait = min(nextDue ?? Self.longestWait, open.shutFor ?? Self.longestWait, Self.longestWait)
      try await waitForWork(in: open.lanes, atMost: wait)
      return []
    }
  }

  /// The lanes of which runs would not begin in vain, how many may begin, and how long until another lane may open.
  private func openLanes(upTo count: Int) async -> (lanes: [Lane], count: Int, shutFor: Duration?) {
    guard !keepers.isEmpty else { return (lanes, count, nil) }
    var open = (lanes: [Lane](), count: count, shutFor: Duration?.none)
    for lane in lanes {
      switch await keepers[lane]?.door() {
      case nil: open.lanes.append(lane)
      case .open(let most):
        open.lanes.append(lane)
        open.count = min(open.count, most)
      case .shut(let wait): open.shutFor = min(open.shutFor ?? wait, wait)
      }
    }
    return open
  }

  private mutating func knownGeneration() async throws -> UUID {
    if let generation { return generation }
    let (current, counted) = try await store.generation()
    (generation, ticks) = (current, counted)
    return current
  }

  private mutating func start(_ ids: [ID<Run>]) async throws -> [StartedRun] {
    let starts: Starts
    do {
      starts = try await store.start(ids, worker: settings.name, after: try await witness.beat())
      witness.saw(starts.beat)
    } catch {
      try? await index.settle(ids.map { Settlement($0, .front) }, of: settings.name)
      guard (error as? PostgresError)?.isCellClosed == true else { throw error }
      return try await standBefore()
    }
    let standing = Set(starts.started.map(\.id) + starts.paused.map(\.run) + starts.early.map(\.run))
    let stale = ids.filter { !standing.contains($0) }
    if !stale.isEmpty { Counter(label: "stale_starts_total").increment(by: stale.count) }
    let settlements =
      stale.map { Settlement($0, .done(cost: nil)) }
      + starts.paused.map { Settlement($0.run, .asleep(pause: $0.pause)) }
      + starts.early.map { Settlement($0.run, .after($0.wait)) }
    if !settlements.isEmpty { try? await index.settle(settlements, of: settings.name) }
    await rouse(starts.paused.map(\.pause))
    return starts.started
  }

  /// Nothing is started in a cell that is closed. Waits, and looks again.
  private mutating func standBefore() async throws -> [StartedRun] {
    if let closing = try await store.examine(after: try await witness.beat(), by: settings.name) {
      witness.warn(of: closing)
    }
    // Whoever opens the cell gives the index another life.
    generation = nil
    await rest(Self.closedPause)
    return []
  }

  /// A pause may have ended between the look at it and the moment in which its runs fell asleep.
  private func rouse(_ pauses: [String]) async {
    do {
      for pause in try await store.ended(pauses: Set(pauses).sorted()) { try await index.rouse(pause) }
    } catch {
      // The comparison looks again.
      logger.debug("pauses not looked at", metadata: ["error": "\(error)"])
    }
  }

  private func waitForWork(in lanes: [Lane], atMost timeout: Duration) async throws {
    let (index, kind) = (index, kind)
    do {
      try await cancelledByShutdown {
        try await index.wait(for: lanes, as: kind, atMost: max(timeout, .milliseconds(1)))
      }
    } catch is CancellationError {
      // The shutdown ends the wait; the caller sees it.
    }
  }

  private func rest(_ pause: Duration) async {
    let time = settings.time
    await cancelledByShutdown { try? await time.sleep(for: pause) }
  }
}
