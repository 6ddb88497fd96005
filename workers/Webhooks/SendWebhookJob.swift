import Community
import Identifiers
import JobQueue
import Tenancy

/// Sends events to a webhook.
struct SendWebhookJob: Job {
  let tenancy: Tenancy
  let sending: WebhookSending

  func perform(_ payload: SendWebhook, in attempt: Attempt) async throws -> JobResult {
    try await sending.send(payload, of: try await tenancy.brand(of: attempt), in: attempt)
  }

  func abandon(_ payload: SendWebhook, in attempt: Attempt, because reason: String) async throws {
    try await sending.abandon(payload, of: try await tenancy.brand(of: attempt), in: attempt)
  }
}
