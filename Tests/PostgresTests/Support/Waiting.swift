import Testing

struct GaveUpWaiting: Error {
  let what: String
  let lastFailure: (any Error)?
}

/// Waits until a condition holds, for at most twenty seconds.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
  struct No: Error {}
  try await eventuallySucceeds(what) { guard try await condition() else { throw No() } }
}

/// Waits until `attempt` does not throw, for at most twenty seconds.
func eventuallySucceeds(_ what: String, _ attempt: () async throws -> Void) async throws {
  let deadline = ContinuousClock.now + .seconds(20)
  var lastFailure: (any Error)?
  while ContinuousClock.now < deadline {
    do { return try await attempt() } catch { lastFailure = error }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw GaveUpWaiting(what: what, lastFailure: lastFailure)
}
