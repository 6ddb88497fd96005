import Community
import Identifiers
import JobQueue
import Tenancy

/// Sends what a touch has for one channel.
struct DeliverTouchJob: Job {
  let tenancy: Tenancy
  let dispatching: Dispatching

  func perform(_ payload: DeliverTouch, in attempt: Attempt) async throws -> JobResult {
    try await dispatching.dispatch(payload, of: try await tenancy.brand(of: attempt), in: attempt)
  }

  func abandon(_ payload: DeliverTouch, in attempt: Attempt, because reason: String) async throws {
    try await dispatching.abandon(payload, of: try await tenancy.brand(of: attempt), in: attempt, because: reason)
  }
}
