import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy

/// An event that a run has claimed for a webhook.
struct ClaimedEvent: Sendable {
  let delivery: ID<WebhookDelivery>
  /// With the attempt that is being made.
  let attempts: Int
  let request: WebhookRequest
}

/// Where a webhook's events go at present.
struct WebhookEndpoint: Sendable {
  let url: String
  let secrets: [WebhookSecret]
  /// Nil when it may be asked.
  let restUntil: Date?
}

/// The SQL of taking events for a webhook.
struct WebhookClaims: Sendable {
  let transaction: BrandTransaction

  /// Nil when the webhook is gone or disabled.
  static func endpoint(
    _ id: ID<Webhook>, key: BrandKey, in session: some BrandSession
  ) async throws -> WebhookEndpoint? {
    let rows = try await session.query(
      """
      select url, sealed_secret, case when old_secret_until > now() then sealed_old_secret end as sealed_old_secret,
        case when rest_until > now() then rest_until end as rest_until
      from webhooks where id = \(id) and state = 'active'
      """)
    guard let row = rows.first else { return nil }
    var secrets = [try key.secret(row.value("sealed_secret"), of: id, column: .current)]
    if let old = try row.value("sealed_old_secret", as: Data?.self) {
      secrets.append(try key.secret(old, of: id, column: .old))
    }
    return WebhookEndpoint(url: try row.value("url"), secrets: secrets, restUntil: try row.value("rest_until"))
  }

  /// Takes what is due, the longest due first.
  func claim(upTo count: Int, for webhook: ID<Webhook>, by run: ID<Run>) async throws -> [ClaimedEvent] {
    try await transaction.query(
      """
      with due as materialized (
        select id from webhook_deliveries
        where webhook_id = \(webhook) and state = 'ready' and next_at <= clock_timestamp()
          and exists (select from webhooks w where w.id = \(webhook) and w.state = 'active')
        order by next_at, id limit \(count) for update skip locked
      ), claimed as (
        update webhook_deliveries d set state = 'sending', attempts = d.attempts + 1, claim_run = \(run),
          attempted_at = clock_timestamp(), status = null, fault = null, answer = null
        from due where d.id = due.id
        returning d.id, d.event_id, d.attempts
      )
      select c.id, c.attempts, c.event_id, e.type, e.at,
        (jsonb_build_object('brand_id', \(transaction.brand.id)) || e.data)::text as data
      from claimed c join events e on e.id = c.event_id order by e.id
      """
    ).map { row in
      ClaimedEvent(
        delivery: try row.value("id"), attempts: try row.value("attempts"),
        request: WebhookRequest(
          event: try row.value("event_id"), type: try row.value("type"), at: try row.value("at"),
          data: try row.value("data")))
    }
  }

  /// Gives back what a run has claimed, to be tried after so many seconds. False when it has nothing.
  func release(_ run: ID<Run>, after seconds: TimeInterval) async throws -> Bool {
    try await transaction.query(
      """
      update webhook_deliveries set state = 'ready', claim_run = null,
        next_at = clock_timestamp() + \(seconds) * interval '1 second'
      where claim_run = \(run) and state = 'sending'
      """
    ).affected > 0
  }

  func enqueue(_ work: SendWebhook, dueAt: Date) async throws {
    _ = try await RunStore.enqueue(
      [try NewRun(work, dueAt: dueAt)], of: ID<Tenant>(transaction.brand.id.uuid), in: transaction)
  }
}
