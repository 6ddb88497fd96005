import JobQueue

/// A job whose code the test brings along.
struct ScriptedJob<Payload: JobPayload>: Job {
  var retry = RetryPolicy(attempts: 3, base: 0.01, cap: 0.02)
  var abandoning: @Sendable (Payload, Attempt, String) async throws -> Void = { _, _, _ in }
  let performing: @Sendable (Payload, Attempt) async throws -> JobResult

  func perform(_ payload: Payload, in attempt: Attempt) async throws -> JobResult {
    try await performing(payload, attempt)
  }

  func abandon(_ payload: Payload, in attempt: Attempt, because reason: String) async throws {
    try await abandoning(payload, attempt, reason)
  }
}

extension JobRegistry {
  /// A registry that knows errands alone.
  static func errands(
    retry: RetryPolicy = RetryPolicy(attempts: 3, base: 0.01, cap: 0.02),
    abandoning: @escaping @Sendable (Errand, Attempt, String) async throws -> Void = { _, _, _ in },
    performing: @escaping @Sendable (Errand, Attempt) async throws -> JobResult
  ) -> JobRegistry {
    var registry = JobRegistry()
    registry.register(ScriptedJob<Errand>(retry: retry, abandoning: abandoning, performing: performing))
    return registry
  }
}

/// An error that is worth another try.
struct Hiccup: Error {}
