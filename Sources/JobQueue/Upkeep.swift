import Foundation
import Identifiers
import Logging
import Metrics

/// Keeps the index true to Postgres: reaps leases, pushes what a lost push left out, mends what differs, and builds the
/// index anew when it is gone. Every worker does it.
struct Upkeep: Sendable {
  let store: any RunBooks
  let index: any RunIndexing
  let witness: Witness
  let settings: WorkerSettings
  let logger: Logger

  private static let page = 1_000

  /// Reaps and sweeps until cancelled.
  func run() async {
    let time = settings.time
    var (lastComparison, lastTending) = (time.now, time.now - settings.tend)
    await attempt("examine") { try await examine() }
    while !Task.isCancelled {
      await attempt("witness") { try await witness.compared() }
      await attempt("reap") { try await reap() }
      await attempt("sweep") {
        while try await store.sweep(limit: Self.page, push: { _ = try await index.push($0) }) == Self.page {}
      }
      if lastComparison + settings.compare < time.now {
        lastComparison = time.now
        await attempt("examine") { try await examine() }
        await attempt("compare") { try await compare() }
      }
      if lastTending + settings.tend < time.now {
        lastTending = time.now
        await attempt("tend") { _ = try await store.tend(retention: settings.retention) }
      }
      try? await time.sleep(for: settings.sweep)
    }
  }

  /// What fails does not keep the rest from being done.
  private func attempt(_ step: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch is CancellationError {
      // The worker stops; the loop sees it.
    } catch {
      logger.warning("upkeep failed", metadata: ["step": "\(step)", "error": "\(error)"])
    }
  }

  /// Closes the cell where Postgres has gone back.
  private func examine() async throws {
    let closing = try await store.examine(after: try await witness.compared(), by: settings.name)
    Gauge(label: "cell_open").record(closing == nil ? 1 : 0)
    if let closing { witness.warn(of: closing) }
  }

  private func reap() async throws {
    let reaped = try await index.reap()
    guard reaped > 0 else { return }
    Counter(label: "lease_expiries_total").increment(by: reaped)
    logger.warning("leases expired", metadata: ["runs": "\(reaped)"])
  }

  // MARK: - Another life of the index

  /// Builds the index from Postgres under a new name and declares it whole. Several workers may find it missing; one builds.
  func rebuild() async throws {
    try await store.exclusively("rebuild") {
      let current = try await store.generation().id
      if try await index.carries(current) { return }
      let started = settings.time.now
      let generation = try await store.beginGeneration(after: current)
      // What is left may be older than the truth, in any way.
      try await index.clear(for: generation)
      let runs = try await push(runningSince: .distantFuture)
      try await index.declareWhole(generation)
      Counter(label: "index_rebuilds_total").increment()
      logger.notice(
        "index built anew",
        metadata: ["runs": "\(runs)", "seconds": "\((settings.time.now - started) / .seconds(1))"])
    }
  }

  /// Gives the index another life when it has counted less than it had before: Redis came back with an older snapshot.
  /// True when that was so.
  func wasRolledBack(_ ticks: Int, atLeast known: Int, of generation: UUID) async throws -> Bool {
    guard ticks < known else { return false }
    logger.warning("the index was rolled back", metadata: ["counted": "\(ticks)", "known": "\(known)"])
    _ = try await store.beginGeneration(after: generation)
    try await rebuild()
    return true
  }

  // MARK: - Comparing both ways

  private func compare() async throws {
    try await store.exclusively("compare") {
      let (generation, known) = try await store.generation()
      guard try await index.carries(generation) else { return try await rebuild() }
      let ticks = try await index.ticks()
      if try await wasRolledBack(ticks, atLeast: known, of: generation) { return }
      try await store.note(ticks: ticks, of: generation)
      // A younger one is still on its way into the index, or has just been taken out by its own end.
      let mended = try await push(runningSince: settings.time.date(in: -2 * (settings.lease / .seconds(1))))
      let forgotten = try await forgetEnded()
      // Whoever ended a pause may have been killed before he woke what slept.
      for pause in try await store.ended(pauses: try await index.naps()) { try await index.rouse(pause) }
      Counter(label: "index_drift_mended_total", dimensions: [("way", "added")]).increment(by: mended)
      Counter(label: "index_drift_mended_total", dimensions: [("way", "removed")]).increment(by: forgotten)
      try await measure()
    }
  }

  /// What dashboards and alarms look at.
  private func measure() async throws {
    guard let overview = try await store.overview() else { return }
    for part in overview.classes {
      let name = [("class", part.name)]
      Gauge(label: "queue_ready_runs", dimensions: name).record(part.ready)
      Gauge(label: "queue_running_runs", dimensions: name).record(part.running)
      Gauge(label: "queue_retrying_runs", dimensions: name).record(part.retrying)
      Gauge(label: "queue_oldest_ready_seconds", dimensions: name).record(part.oldest)
    }
    Gauge(label: "queue_dead_runs").record(overview.dead)
    Gauge(label: "queue_quarantined_runs").record(overview.quarantined)
  }

  private func forgetEnded() async throws -> Int {
    var (cursor, forgotten) = ("0", 0)
    repeat {
      let (runs, next) = try await index.known(from: cursor)
      if !runs.isEmpty { forgotten += try await index.forget(try await store.ended(runs)) }
      cursor = next
    } while cursor != "0"
    return forgotten
  }

  /// Adds what the index does not know, and returns how many there were.
  private func push(runningSince instant: Date) async throws -> Int {
    var added = 0
    var last: ID<Run>?
    repeat {
      let page = try await store.running(startedBefore: instant, after: last, limit: Self.page)
      added += try await index.restore(page, lease: settings.lease)
      last = page.count == Self.page ? page.last?.0.id : nil
    } while last != nil
    let horizon = settings.time.date(in: RunIndex.horizon)
    for swept in [false, true] {
      var place: (due: Date, id: ID<Run>)?
      repeat {
        let page = try await store.ready(swept: swept, before: horizon, after: place, limit: Self.page)
        added += try await index.push(page)
        place = page.count == Self.page ? page.last.map { ($0.dueAt, $0.id) } : nil
      } while place != nil
    }
    return added
  }
}
