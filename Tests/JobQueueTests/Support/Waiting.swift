/// A condition that did not come to hold within the limit.
struct GaveUpWaiting: Error, CustomStringConvertible {
  let description: String
}

/// Waits until a condition holds, for at most thirty seconds; then it throws, since nothing after it can be judged.
func eventually(
  _ what: @autoclosure () -> String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw GaveUpWaiting(description: "not within \(limit): \(what())")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}
