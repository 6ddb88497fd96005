import Community
import Identifiers
import JobQueue
import Tenancy

/// Turns a touch that has fired into deliveries.
struct ExpandTouchJob: Job {
  let tenancy: Tenancy
  let expansion: Expansion

  func perform(_ payload: ExpandTouch, in attempt: Attempt) async throws -> JobResult {
    try await expansion.expand(payload.touch, of: try await tenancy.brand(of: attempt), in: attempt)
    return .done
  }

  func abandon(_ payload: ExpandTouch, in attempt: Attempt, because reason: String) async throws {
    try await expansion.abandon(payload.touch, of: try await tenancy.brand(of: attempt), in: attempt)
  }
}
