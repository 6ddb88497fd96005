import Foundation
import Identifiers
import Logging
import Metrics

/// Keeps the index true to Postgres: reaps leases, pushes what a lost push left out, and builds the index anew when it is
/// gone. Any worker does it; a lock in Postgres keeps it to one at a time.
struct Upkeep: Sendable {
  let store: RunStore
  let index: RunIndex
  let settings: WorkerSettings
  let logger: Logger

  private static let page = 1_000

  /// Reaps and sweeps until cancelled.
  func run() async {
    while !Task.isCancelled {
      do {
        let reaped = try await index.reap()
        if reaped > 0 {
          Counter(label: "lease_expiries_total").increment(by: reaped)
          logger.warning("leases expired", metadata: ["runs": "\(reaped)"])
        }
        try await store.exclusively("sweep") { try await sweep() }
      } catch is CancellationError {
        return
      } catch {
        logger.warning("sweep failed", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: settings.sweep)
    }
  }

  /// Builds the index from Postgres and declares it whole. Several workers may find it missing; one builds.
  func rebuild(_ generation: UUID) async throws {
    try await store.exclusively("rebuild") {
      guard try await !index.carries(generation) else { return }
      let started = ContinuousClock.now
      try await sweep(runningSince: .distantFuture)
      try await index.declareWhole(generation)
      logger.notice("index built anew", metadata: ["seconds": "\((ContinuousClock.now - started) / .seconds(1))"])
    }
  }

  private func sweep() async throws {
    // A younger one is still on its way into the index, or has just been taken out by its own end.
    try await sweep(runningSince: Date(timeIntervalSinceNow: -2 * (settings.lease / .seconds(1))))
    let bound = Date(timeIntervalSinceNow: -settings.retention)
    while try await store.prune(endedBefore: bound, limit: Self.page) == Self.page {}
  }

  private func sweep(runningSince instant: Date) async throws {
    var lastRunning: ID<Run>?
    repeat {
      let page = try await store.running(startedBefore: instant, after: lastRunning, limit: Self.page)
      try await index.restore(page, lease: settings.lease)
      lastRunning = page.count == Self.page ? page.last?.0.id : nil
    } while lastRunning != nil
    var place: (due: Date, id: ID<Run>)?
    let horizon = Date(timeIntervalSinceNow: RunIndex.horizon)
    repeat {
      let page = try await store.ready(before: horizon, after: place, limit: Self.page)
      try await index.push(page)
      place = page.count == Self.page ? page.last.map { ($0.dueAt, $0.id) } : nil
    } while place != nil
  }
}
