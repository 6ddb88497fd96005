import Community
import Identifiers
import JobQueue
import Tenancy

/// Tells people of something in a brand.
struct SendNoticeJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: SendNotice, in attempt: Attempt) async throws -> JobResult {
    try await NoticeSending(tenancy).send(payload, of: try await tenancy.brand(of: attempt))
    return .done
  }
}
