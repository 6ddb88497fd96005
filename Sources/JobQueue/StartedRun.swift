import Identifiers

/// A run whose start is committed: this attempt holds the epoch until somebody starts the run again.
struct StartedRun: Sendable {
  let id: ID<Run>
  let tenant: ID<Tenant>
  let kind: String
  let payload: String
  let epoch: Int
  /// How many attempts ended with an error before this one.
  let attempts: Int
  /// How many attempts ended without a word: their worker was killed or lost its lease.
  let crashes: Int
}
