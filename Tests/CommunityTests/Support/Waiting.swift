/// What did not come about in time.
struct GaveUpWaiting: Error {
  let what: String
}

/// Waits until a condition holds. The limit is generous: it is there for what never comes, not for what is slow.
func eventually(
  _ what: String, within limit: Duration = .seconds(120), _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw GaveUpWaiting(what: what) }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Holds whoever comes until it is opened.
actor Gate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    if !isOpen { await withCheckedContinuation { waiting.append($0) } }
  }

  func open() {
    isOpen = true
    for caller in waiting { caller.resume() }
    waiting = []
  }
}
