import Foundation
import Identifiers
import Logging
import Metrics
import ServiceLifecycle

/// Gets a worker its next runs: reserved in the index, then started in Postgres, which has the last word.
struct Taker {
  let store: RunStore
  let index: RunIndex
  let upkeep: Upkeep
  private var lanes: [Lane]
  let settings: WorkerSettings
  let logger: Logger

  private var generation: UUID?
  private var pause = Duration.milliseconds(50)

  private static let batch = 64
  private static let longestWait = Duration.seconds(1)

  init(store: RunStore, index: RunIndex, upkeep: Upkeep, lanes: [Lane], settings: WorkerSettings, logger: Logger) {
    self.store = store
    self.index = index
    self.upkeep = upkeep
    self.lanes = lanes
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
    let known = if let generation { generation } else { try await store.generation() }
    generation = known
    // Another lane is first each time, so that one free slot at a time serves all of them too.
    if let first = lanes.first { lanes = lanes.dropFirst() + [first] }
    let reservation = try await index.reserve(
      upTo: count, for: settings.name, lanes: lanes, lease: settings.lease, generation: known)
    switch reservation {
    case .notWhole:
      // Postgres may have been given another generation. And another worker may be building the index: then the next
      // attempt comes after a pause.
      let current = try await store.generation()
      generation = current
      try await upkeep.rebuild(current)
      if try await !index.carries(current) { await rest(.milliseconds(200)) }
      return []
    case .runs(let ids, let nextDue) where ids.isEmpty:
      try await waitForWork(atMost: min(nextDue ?? Self.longestWait, Self.longestWait))
      return []
    case .runs(let ids, _):
      return try await start(ids)
    }
  }

  private func start(_ ids: [ID<Run>]) async throws -> [StartedRun] {
    let started: [StartedRun]
    do {
      started = try await store.start(ids, worker: settings.name)
    } catch {
      try? await index.settle(ids.map { ($0, .front, nil) }, of: settings.name)
      throw error
    }
    let stale = Set(ids).subtracting(started.map(\.id))
    if !stale.isEmpty {
      Counter(label: "stale_starts_total").increment(by: stale.count)
      try? await index.settle(stale.map { ($0, .done, nil) }, of: settings.name)
    }
    return started
  }

  private func waitForWork(atMost timeout: Duration) async throws {
    let (index, lanes) = (index, lanes)
    do {
      try await cancelWhenGracefulShutdown { try await index.wait(for: lanes, atMost: max(timeout, .milliseconds(1))) }
    } catch is CancellationError {
      // The shutdown ends the wait; the caller sees it.
    }
  }

  private func rest(_ pause: Duration) async {
    await cancelWhenGracefulShutdown { try? await Task.sleep(for: pause) }
  }
}
