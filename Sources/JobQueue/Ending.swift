import Foundation
import Identifiers

/// How an attempt ended, as it is written to the run's row and told to the index.
struct Ending: Sendable {
  enum State: String, Sendable {
    case done
    case ready
    case dead
  }

  let run: ID<Run>
  let epoch: Int
  let state: State
  let dueAt: Date?
  let chargesAttempt: Bool
  let error: String?
  /// Ready again before others: it was given back, not tried.
  var isInFront = false

  /// Postgres keeps no zero byte in a text, and an end that can never be written would be tried for ever.
  private static func writable(_ text: String) -> String { text.replacing("\0", with: "") }

  static func done(_ run: StartedRun) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .done, dueAt: nil, chargesAttempt: false, error: nil)
  }

  static func snoozed(_ run: StartedRun, until due: Date) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .ready, dueAt: due, chargesAttempt: false, error: nil)
  }

  static func givenBack(_ run: StartedRun) -> Ending {
    Ending(
      run: run.id, epoch: run.epoch, state: .ready, dueAt: nil, chargesAttempt: false, error: nil, isInFront: true)
  }

  static func retried(_ run: StartedRun, at due: Date, because error: String) -> Ending {
    Ending(
      run: run.id, epoch: run.epoch, state: .ready, dueAt: due, chargesAttempt: true,
      error: writable(error))
  }

  static func dead(_ run: StartedRun, because error: String) -> Ending {
    Ending(run: run.id, epoch: run.epoch, state: .dead, dueAt: nil, chargesAttempt: true, error: writable(error))
  }
}
