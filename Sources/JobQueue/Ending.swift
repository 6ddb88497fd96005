import Foundation
import Identifiers

/// How an attempt ended, as it is written to the run's row and told to the index.
struct Ending: Sendable {
  enum State: String, Sendable, CaseIterable {
    case done
    case ready
    case dead
    case quarantined
    case cancelled
  }

  /// How a run that is ready again waits.
  enum Wait: Sendable {
    /// Until its time.
    case inLine
    /// Before others: it was given back, not tried.
    case inFront
    /// Until its time, and nobody passes its gate before.
    case atGate
  }

  let run: ID<Run>
  let epoch: Int
  let state: State
  var dueAt: Date?
  /// Due so long after this is written, by the clocks of those who write it: a worker's own may be wrong.
  var delay: Duration?
  var chargesAttempt = false
  var error: String?
  var wait = Wait.inLine
  /// How long the attempt took.
  var cost: Duration?

  /// Done, and nothing else to say of it.
  var isPlain: Bool { state == .done && dueAt == nil && delay == nil && error == nil && !chargesAttempt }

  /// Postgres keeps no zero byte in a text, and an end that can never be written would be tried for ever.
  private static func writable(_ text: String) -> String { text.replacing("\0", with: "") }

  static func done(_ run: StartedRun) -> Ending { Ending(run: run.id, epoch: run.epoch, state: .done) }

  static func snoozed(_ run: StartedRun, until due: Date, atGate: Bool = false) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .ready, dueAt: due, wait: atGate ? .atGate : .inLine)
  }

  /// Its gate lets nothing through for so long.
  static func shutOut(_ run: StartedRun, for wait: Duration) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .ready, delay: wait, wait: .atGate)
  }

  static func givenBack(_ run: StartedRun) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .ready, wait: .inFront)
  }

  static func retried(_ run: StartedRun, after delay: Duration, because error: String) -> Ending {
    Ending(
      run: run.id, epoch: run.epoch, state: .ready, delay: delay, chargesAttempt: true, error: writable(error))
  }

  /// Given up: trying again did not help, or cannot.
  static func dead(_ run: StartedRun, because error: String) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .dead, chargesAttempt: true, error: writable(error))
  }

  /// Put aside for a person: it killed its workers, or no worker can read it.
  static func quarantined(_ run: StartedRun, because error: String) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .quarantined, chargesAttempt: true, error: writable(error))
  }

  static func cancelled(_ run: StartedRun) -> Ending { Ending(run: run.id, epoch: run.epoch, state: .cancelled) }
}
