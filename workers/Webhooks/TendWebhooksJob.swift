import Community
import Identifiers
import JobQueue
import Tenancy

/// Deletes a brand's old events.
struct TendWebhooksJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: TendWebhooks, in attempt: Attempt) async throws -> JobResult {
    try await WebhookTending(tenancy).tend(try await tenancy.brand(of: attempt), in: attempt)
  }
}
