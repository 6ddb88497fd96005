import Foundation
import Identifiers

/// A run whose start is committed: this attempt holds the epoch until somebody starts the run again.
struct StartedRun: Sendable {
  let id: ID<Run>
  let tenant: ID<Tenant>
  let kind: String
  let runClass: RunClass
  let dueAt: Date
  let payload: String
  let epoch: Int
  /// How many attempts ended with an error before this one.
  let attempts: Int
  /// How many attempts ended without a word: their worker was killed or lost its lease.
  let crashes: Int
  /// Somebody wanted it to end before this attempt began.
  var isCancelled = false
  /// Where in a trace it was enqueued.
  var trace: String?
}

/// What became of starts that were asked for. What is in none of the lists has ended.
struct Starts: Sendable {
  var started: [StartedRun] = []
  /// Those that a person has paused, with the pause's key.
  var paused: [(run: ID<Run>, pause: String)] = []
  /// Those that are not due by Postgres's clock, with how long that will be.
  var early: [(run: ID<Run>, wait: Duration)] = []
  /// How far the cell's starts had counted with this one; 0 when it started nothing.
  var beat = 0
}
