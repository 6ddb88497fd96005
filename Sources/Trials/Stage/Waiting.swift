/// Something did not come about in time.
struct TimedOut: Error {}

/// A trial cannot be carried out, or the product did what no fault explains.
struct TrialFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Waits until something is so; the limit is generous, as it is only there to end a trial that has failed.
func eventually(
  within limit: Duration = .seconds(90), every pause: Duration = .milliseconds(20),
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TimedOut() }
    try await Task.sleep(for: pause)
  }
}
