import Foundation
import Logging
import Metrics

/// Performs one started run from its start to its written end.
struct Performer: Sendable {
  let registry: JobRegistry
  let settler: Settler
  let settings: WorkerSettings
  let logger: Logger

  func perform(_ run: StartedRun, under lease: Lease) async {
    let ending = await ending(of: run, under: lease)
    Counter(label: "runs_ended_total", dimensions: [("kind", run.kind), ("state", ending.state.rawValue)]).increment()
    await settler.settle(ending)
  }

  private func ending(of run: StartedRun, under lease: Lease) async -> Ending {
    let attempt = Attempt(
      run: run.id, tenant: run.tenant, epoch: run.epoch, number: run.attempts + 1, lease: lease)
    guard let entry = registry.entries[run.kind] else {
      return .dead(run, because: "no worker knows the kind \(run.kind)")
    }
    if run.crashes >= settings.crashLimit {
      let reason = "\(run.crashes) attempts ended without a word: their worker was killed or stalled"
      return await abandoned(run, attempt, entry, because: reason)
    }
    do {
      switch try await entry.perform(run.payload, attempt) {
      case .done: return .done(run)
      case .snooze(let due): return .snoozed(run, until: due)
      }
    } catch is CancellationError {
      return .givenBack(run)
    } catch is LeaseLost {
      // Somebody else may have the run: this end is written only if nobody has.
      return .givenBack(run)
    } catch let error as PermanentFailure {
      return await abandoned(run, attempt, entry, because: error.description)
    } catch {
      // The worker stops: what a driver makes of the cancellation is no failure of the job.
      if Task.isCancelled { return .givenBack(run) }
      return await failed(run, attempt, entry, error)
    }
  }

  private func failed(
    _ run: StartedRun, _ attempt: Attempt, _ entry: JobRegistry.Entry, _ error: any Error
  ) async -> Ending {
    let reason = "\(error)"
    logger.warning("attempt failed", metadata: ["run": "\(run.id)", "kind": "\(run.kind)", "error": "\(reason)"])
    guard let delay = entry.retry.delay(afterFailure: attempt.number) else {
      return await abandoned(run, attempt, entry, because: reason)
    }
    return .retried(run, at: Date(timeIntervalSinceNow: delay), because: reason)
  }

  private func abandoned(
    _ run: StartedRun, _ attempt: Attempt, _ entry: JobRegistry.Entry, because reason: String
  ) async -> Ending {
    logger.error("run given up", metadata: ["run": "\(run.id)", "kind": "\(run.kind)", "reason": "\(reason)"])
    do {
      try await entry.abandon(run.payload, attempt, reason)
      return .dead(run, because: reason)
    } catch is PermanentFailure {
      return .dead(run, because: reason)
    } catch {
      // What is left open has to be settled before the run may end.
      return .retried(run, at: Date(timeIntervalSinceNow: 5), because: "\(reason); not settled yet: \(error)")
    }
  }
}
