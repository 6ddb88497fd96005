import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy

/// What became of one request to a webhook.
struct WebhookResult: Sendable {
  enum Outcome: String, Sendable {
    /// A status of the two hundreds.
    case taken
    /// 410: the endpoint wants nothing any more.
    case gone
    /// Another status: this event, or all of them, was refused.
    case refused
    /// No answer, or one that says that the endpoint is busy: others need not be tried now.
    case away
    /// It was not asked.
    case untried
  }

  let event: ClaimedEvent
  let outcome: Outcome
  let status: Int?
  let fault: PublicFault?
  let answer: String?
  let retryAfter: TimeInterval?

  /// - Parameter exchange: nil when the request was not made.
  init(_ event: ClaimedEvent, _ exchange: PublicExchange?) {
    self.event = event
    switch exchange {
    case .answered(let answer):
      (status, fault, retryAfter) = (answer.status, nil, answer.retryAfter)
      self.answer = answer.excerpt.isEmpty ? nil : answer.excerpt
      outcome =
        switch answer.status {
        case 200..<300: .taken
        case 410: .gone
        case 429, 502, 503, 504: .away
        default: .refused
        }
    case .unanswered(let fault, let text):
      (status, self.fault, answer, retryAfter) = (nil, fault, text, nil)
      outcome = .away
    case nil:
      (status, fault, answer, retryAfter, outcome) = (nil, nil, nil, nil, .untried)
    }
  }

  var endsTheTurn: Bool { outcome == .away || outcome == .gone }
}

/// Writes what became of requests to a webhook, and what that says of the endpoint.
struct WebhookSettling: Sendable {
  let transaction: BrandTransaction
  let timing: WebhookTiming

  enum Standing: Sendable {
    case goesOn
    case rests(until: Date)
    case disabled(Webhook.DisabledWhy)
  }

  /// A wait that an endpoint asks for is kept up to a day.
  private static let longestWish: TimeInterval = 86_400

  func settle(_ results: [WebhookResult], to webhook: ID<Webhook>, claimedBy run: ID<Run>) async throws -> Standing {
    let tried = results.filter { $0.outcome != .untried }
    try await giveBack(results.filter { $0.outcome == .untried }.map(\.event.delivery), claimedBy: run)
    guard !tried.isEmpty else { return .goesOn }
    let retries = try await write(tried, claimedBy: run)
    let standing = try await judge(webhook, by: tried)
    for due in retries {
      try await WebhookClaims(transaction: transaction).enqueue(SendWebhook(webhook: webhook), dueAt: due)
    }
    return standing
  }

  private func giveBack(_ deliveries: [ID<WebhookDelivery>], claimedBy run: ID<Run>) async throws {
    guard !deliveries.isEmpty else { return }
    try await transaction.query(
      """
      update webhook_deliveries set state = 'ready', attempts = attempts - 1, claim_run = null
      where id = any(\(deliveries)) and claim_run = \(run) and state = 'sending'
      """)
  }

  /// When those are due that are to be tried again, once for each second.
  private func write(_ results: [WebhookResult], claimedBy run: ID<Run>) async throws -> [Date] {
    let waits = results.map { result -> TimeInterval? in
      guard result.outcome != .taken, let wait = timing.wait(after: result.event.attempts) else { return nil }
      return max(wait, min(result.retryAfter ?? 0, Self.longestWish))
    }
    let states = zip(results, waits).map { result, wait -> WebhookDelivery.State in
      result.outcome == .taken ? .delivered : wait == nil ? .failed : .ready
    }
    return try await transaction.query(
      """
      with result as (
        select * from unnest(\(results.map(\.event.delivery)), \(states.map(\.rawValue)), \(waits),
          \(results.map(\.status)), \(results.map(\.fault?.rawValue)), \(results.map(\.answer)))
          as r (id, state, wait, status, fault, answer)
      ), written as (
        update webhook_deliveries d set state = r.state, claim_run = null, status = r.status, fault = r.fault,
          answer = r.answer, next_at = clock_timestamp() + coalesce(r.wait, 0) * interval '1 second',
          settled_at = case when r.state <> 'ready' then clock_timestamp() end
        from result r where d.id = r.id and d.claim_run = \(run) and d.state = 'sending'
        returning d.state, d.next_at
      )
      select distinct date_trunc('second', next_at) + interval '1 second' as due from written where state = 'ready'
      """
    ).map { try $0.value("due") }
  }

  /// One that went well makes up for all failures before it.
  private func judge(_ webhook: ID<Webhook>, by results: [WebhookResult]) async throws -> Standing {
    let isWell = results.contains { $0.outcome == .taken }
    let failures = isWell ? 0 : results.count
    let isAway = results.contains { $0.outcome == .away }
    let isGone = results.contains { $0.outcome == .gone }
    guard
      let before = try await transaction.query("select failures from webhooks where id = \(webhook) for update").first
    else { return .goesOn }
    let total = isWell ? 0 : try before.value("failures", as: Int.self) + failures
    let wish = results.filter { $0.outcome == .away }.compactMap(\.retryAfter).max() ?? 0
    let rest = isAway ? max(timing.rest(after: total), min(wish, Self.longestWish)) : nil
    let rows = try await transaction.query(
      """
      with judged as (
        select id, state, case when \(isWell) then null else coalesce(failing_since, clock_timestamp()) end as since
        from webhooks where id = \(webhook)
      ), verdict as (
        select id, state, since, case when \(isGone) then 'gone'
          when since < clock_timestamp() - \(timing.patience) * interval '1 second'
            and \(total)::integer >= \(timing.failuresToDisable)::integer then 'failing' end as why
        from judged
      )
      update webhooks w set failures = \(total)::integer, failing_since = v.since,
        rest_until = case when \(rest != nil) then clock_timestamp() + \(rest ?? 0) * interval '1 second' end,
        state = case when v.why is null then w.state else 'disabled' end,
        disabled_why = case when v.why is null or w.state = 'disabled' then w.disabled_why else v.why end,
        version = w.version + case when v.why is null or w.state = 'disabled' then 0 else 1 end
      from verdict v where w.id = v.id
      returning w.rest_until, case when v.state = 'active' then v.why end as why
      """)
    guard let row = rows.first else { return .goesOn }
    if let why = try row.value("why", as: String?.self).flatMap(Webhook.DisabledWhy.init) {
      try await transaction.order(.webhookDisabled, about: webhook.uuid)
      return .disabled(why)
    }
    if let rest = try row.value("rest_until", as: Date?.self) { return .rests(until: rest) }
    return .goesOn
  }
}
