import Foundation
import Logging
import Metrics

/// Performs one started run from its start to its written end.
struct Performer: Sendable {
  let registry: JobRegistry
  let store: any RunBooks
  let settler: Settler
  let settings: WorkerSettings
  let logger: Logger

  /// How long an attempt at the run may take.
  func deadline(of run: StartedRun) -> Duration { registry.entries[run.kind]?.deadline ?? settings.lease }

  func perform(_ run: StartedRun, under lease: Lease) async {
    let started = settings.time.now
    // A run may have been due at any time that a calendar has: more than a year is a year.
    let dwell = min(max(settings.time.date.timeIntervalSince(run.dueAt), 0), 366 * 86_400)
    Timer(label: "run_dwell_seconds", dimensions: [("class", run.runClass.rawValue)], preferredDisplayUnit: .seconds)
      .recordNanoseconds(Int64(dwell * 1e9))
    var ending = await ending(of: run, under: lease)
    let cost = settings.time.now - started
    ending.cost = cost
    Timer(label: "run_seconds", dimensions: [("kind", run.kind)], preferredDisplayUnit: .seconds)
      .recordNanoseconds(Int64(cost / .nanoseconds(1)))
    Counter(label: "runs_ended_total", dimensions: [("kind", run.kind), ("state", ending.state.rawValue)]).increment()
    await settler.settle(ending)
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
      let result = try await cancellable(under: lease) { try await entry.perform(run.payload, attempt) }
      switch result {
      case .done: return .done(run)
      case .snooze(let due): return .snoozed(run, until: due)
      case .gateShut(let due): return .snoozed(run, until: due, atGate: true)
      }
    } catch let error as Unreadable {
      return leftToOthers(run, because: error.description)
    } catch let error as PermanentFailure {
      return await dead(run, attempt, entry, because: error.description)
    } catch {
      return await interrupted(run, attempt, entry, error, lease.interruption)
    }
  }

  /// The attempt as a task of its own, which ends when its lease does, and with the worker.
  private func cancellable(
    under lease: Lease, _ body: @escaping @Sendable () async throws -> JobResult
  ) async throws -> JobResult {
    let task = Task(executorPreference: preferredExecutor(), operation: body)
    lease.onInterruption { task.cancel() }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
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
    case nil: break
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
    Counter(label: "runs_retried_total", dimensions: [("kind", run.kind)]).increment()
    return .retried(run, at: settings.time.date(in: delay), because: reason)
  }

  /// Another worker may be newer; in the end a person has to look.
  private func leftToOthers(_ run: StartedRun, because reason: String) -> Ending {
    guard let delay = settings.handOver.delay(afterFailure: run.attempts + 1, random: settings.time.jitter) else {
      logger.error("run put aside", metadata: ["run": "\(run.id)", "kind": "\(run.kind)", "reason": "\(reason)"])
      return .quarantined(run, because: reason)
    }
    return .retried(run, at: settings.time.date(in: delay), because: reason)
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
      try await entry.abandon(run.payload, attempt, reason)
      return ending(run)
    } catch is PermanentFailure {
      return ending(run)
    } catch let error as Unreadable {
      return leftToOthers(run, because: "\(reason); \(error)")
    } catch {
      // What is left open has to be settled before the run may end.
      return .retried(run, at: settings.time.date(in: 5), because: "\(reason); not settled yet: \(error)")
    }
  }
}

/// The attempt took longer than its kind may.
struct Overdue: Error, CustomStringConvertible {
  let after: Duration

  var description: String { "not done after \(after.formatted(.units(allowed: [.hours, .minutes, .seconds])))" }
}
