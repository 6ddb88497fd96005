import Foundation
import Metrics

/// What is counted of runs; found once for each kind, since looking instruments up costs more than they do.
struct RunMeters: Sendable {
  private struct Kind: Sendable {
    let seconds: Timer
    let ended: [Ending.State: Counter]
    let retried: Counter

    init(_ kind: String) {
      seconds = Timer(label: "run_seconds", dimensions: [("kind", kind)], preferredDisplayUnit: .seconds)
      ended = Dictionary(
        uniqueKeysWithValues: Ending.State.allCases.map { state in
          (state, Counter(label: "runs_ended_total", dimensions: [("kind", kind), ("state", state.rawValue)]))
        })
      retried = Counter(label: "runs_retried_total", dimensions: [("kind", kind)])
    }
  }

  private let kinds: [String: Kind]
  private let dwell: [RunClass: Timer]

  init(kinds: some Sequence<String>) {
    self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0, Kind($0)) })
    dwell = Dictionary(
      uniqueKeysWithValues: RunClass.allCases.map { runClass in
        let name = [("class", runClass.rawValue)]
        return (runClass, Timer(label: "run_dwell_seconds", dimensions: name, preferredDisplayUnit: .seconds))
      })
  }

  func began(_ run: StartedRun, at date: Date) {
    // A run may have been due at any time that a calendar has: more than a year is a year.
    let waited = min(max(date.timeIntervalSince(run.dueAt), 0), 366 * 86_400)
    dwell[run.runClass]?.recordNanoseconds(Int64(waited * 1e9))
  }

  /// A kind that no job of this worker has is made where it is met: that is rare.
  func ended(_ run: StartedRun, as state: Ending.State, after cost: Duration) {
    let kind = kinds[run.kind] ?? Kind(run.kind)
    kind.seconds.recordNanoseconds(Int64(cost / .nanoseconds(1)))
    kind.ended[state]?.increment()
  }

  func retried(_ run: StartedRun) { (kinds[run.kind] ?? Kind(run.kind)).retried.increment() }
}
