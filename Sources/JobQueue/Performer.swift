import Foundation
import Logging
import Metrics

/// Performs one started run, from its start to how it ended. Its task is cancelled when its lease is interrupted.
struct Performer: Sendable {
  let registry: JobRegistry
  let store: any RunBooks
  let settings: WorkerSettings
  let logger: Logger
  private let meters: RunMeters
  private let traces = RunTraces()

  private static let triesToClose = 120

  init(registry: JobRegistry, store: any RunBooks, settings: WorkerSettings, logger: Logger) {
    self.registry = registry
    self.store = store
    self.settings = settings
    self.logger = logger
    meters = RunMeters(kinds: registry.entries.keys)
  }

  /// How long an attempt at the run may take.
  func deadline(of run: StartedRun) -> Duration { registry.entries[run.kind]?.deadline ?? settings.lease }

  func perform(_ run: StartedRun, under lease: Lease) async -> Ending {
    let started = settings.time.now
    meters.began(run, at: settings.time.date)
    var ending = await traces.attempt(at: run) { await self.ending(of: run, under: lease) }
    let cost = settings.time.now - started
    ending.cost = cost
    meters.ended(run, as: ending.state, after: cost)
    return ending
  }

  private func ending(of run: StartedRun, under lease: Lease) async -> Ending {
    let attempt = Attempt(
      run: run.id, tenant: run.tenant, epoch: run.epoch, number: run.attempts + 1, lease: lease, store: store)
    guard let entry = registry.entries[run.kind] else {
      return leftToOthers(run, because: "no worker knows the kind \(run.kind)")
    }
    if run.isCancelled { return await settled(run, attempt, entry, "cancelled by a person", as: Ending.cancelled) }
    if run.crashes >= settings.crashLimit {
      let reason = "\(run.crashes) attempts ended without a word: their worker was killed or stalled"
      return await settled(run, attempt, entry, reason) { .quarantined($0, because: reason) }
    }
    do {
      switch try await entry.perform(run.payload, attempt) {
      case .done: return .done(run)
      case .snooze(let due): return .snoozed(run, until: due)
      case .gateShut(let due): return .snoozed(run, until: due, atGate: true)
      case .gateShutFor(let wait): return .shutOut(run, for: wait)
      }
    } catch let error as Unreadable {
      return leftToOthers(run, because: error.description)
    } catch let error as PermanentFailure {
      return await dead(run, attempt, entry, because: error.description)
    } catch let error as HistoryLost {
      return await lost(run, attempt, error)
    } catch {
      return await interrupted(run, attempt, entry, error, lease.interruption)
    }
  }

  /// Nothing goes on before the cell is closed, or was opened by somebody who has settled it.
  private func lost(_ run: StartedRun, _ attempt: Attempt, _ loss: HistoryLost) async -> Ending {
    var metadata: Logger.Metadata = ["run": "\(run.id)", "committed_at": "\(loss.committedAt.ISO8601Format())"]
    for (key, value) in loss.evidence { metadata[key] = "\(value)" }
    logger.error("Postgres has forgotten what an attempt had committed", metadata: metadata)
    let (store, settings, logger) = (store, settings, logger)
    let task = Task(executorPreference: preferredExecutor()) {
      for _ in 1...Self.triesToClose {
        do {
          let isClosed = try await store.note(loss, by: settings.name)
          return logger.notice(isClosed ? "the cell is closed" : "the cell was opened since: that is settled")
        } catch {
          logger.warning("the cell is not closed yet", metadata: ["error": "\(error)"])
        }
        try? await settings.time.sleep(for: .milliseconds(500))
      }
    }
    attempt.lease.onStop { task.cancel() }
    await task.value
    return .givenBack(run)
  }

  private func interrupted(
    _ run: StartedRun, _ attempt: Attempt, _ entry: JobRegistry.Entry, _ error: any Error,
    _ interruption: Lease.Interruption?
  ) async -> Ending {
    switch interruption {
    case .cancelled: return await settled(run, attempt, entry, "cancelled by a person", as: Ending.cancelled)
    // Somebody else may have the run: this end is written only if nobody has.
    case .lost: return .givenBack(run)
    case .overdue: return await failed(run, attempt, entry, Overdue(after: entry.deadline))
    case .stopped, nil: break
    }
    // The worker stops: what a driver makes of the cancellation is no failure of the job.
    if error is CancellationError || error is LeaseLost || Task.isCancelled { return .givenBack(run) }
    return await failed(run, attempt, entry, error)
  }

  private func failed(
    _ run: StartedRun, _ attempt: Attempt, _ entry: JobRegistry.Entry, _ error: any Error
  ) async -> Ending {
    let reason = "\(error)"
    logger.warning("attempt failed", metadata: ["run": "\(run.id)", "kind": "\(run.kind)", "error": "\(reason)"])
    guard let delay = entry.retry.delay(afterFailure: attempt.number, random: settings.time.jitter) else {
      return await dead(run, attempt, entry, because: reason)
    }
    meters.retried(run)
    return .retried(run, after: .seconds(delay), because: reason)
  }

  /// Another worker may be newer; in the end a person has to look.
  private func leftToOthers(_ run: StartedRun, because reason: String) -> Ending {
    guard let delay = settings.handOver.delay(afterFailure: run.attempts + 1, random: settings.time.jitter) else {
      logger.error("run put aside", metadata: ["run": "\(run.id)", "kind": "\(run.kind)", "reason": "\(reason)"])
      return .quarantined(run, because: reason)
    }
    return .retried(run, after: .seconds(delay), because: reason)
  }

  private func dead(
    _ run: StartedRun, _ attempt: Attempt, _ entry: JobRegistry.Entry, because reason: String
  ) async -> Ending {
    await settled(run, attempt, entry, reason) { .dead($0, because: reason) }
  }

  /// Ends a run for good, after what attempts have left open was settled.
  private func settled(
    _ run: StartedRun, _ attempt: Attempt, _ entry: JobRegistry.Entry, _ reason: String,
    as ending: (StartedRun) -> Ending
  ) async -> Ending {
    logger.error("run given up", metadata: ["run": "\(run.id)", "kind": "\(run.kind)", "reason": "\(reason)"])
    do {
      // Not in the attempt's own task, which may be cancelled already: that was meant for its work.
      let task = Task(executorPreference: preferredExecutor()) {
        try await entry.abandon(run.payload, attempt, reason)
      }
      attempt.lease.onStop { task.cancel() }
      try await task.value
      return ending(run)
    } catch is PermanentFailure {
      return ending(run)
    } catch let error as Unreadable {
      return leftToOthers(run, because: "\(reason); \(error)")
    } catch  where attempt.lease.isStopped {
      // The worker stops, and whoever is next settles it.
      return .givenBack(run)
    } catch {
      // What is left open has to be settled before the run may end.
      return .retried(run, after: .seconds(5), because: "\(reason); not settled yet: \(error)")
    }
  }
}

/// The attempt took longer than its kind may.
struct Overdue: Error, CustomStringConvertible {
  let after: Duration

  var description: String { "not done after \(after.formatted(.units(allowed: [.hours, .minutes, .seconds])))" }
}
