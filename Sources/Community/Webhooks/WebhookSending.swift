public import Channels
import Foundation
import Identifiers
public import JobQueue
public import Logging
import Metrics
import Postgres
public import Tenancy

/// Sends events to webhooks: claim some, commit, ask the endpoint, commit.
///
/// An attempt that is cut off is made again: an event arrives at least once, always with the same `webhook-id`, by which
/// receivers tell a second arrival. So a claim here only keeps two runs from doing the same.
public struct WebhookSending: Sendable {
  private let tenancy: Tenancy
  private let http: PublicHTTP
  private let timing: WebhookTiming
  private let logger: Logger

  /// Sending by the given client.
  public init(_ tenancy: Tenancy, http: PublicHTTP, timing: WebhookTiming = WebhookTiming(), logger: Logger) {
    self.tenancy = tenancy
    self.http = http
    self.timing = timing
    self.logger = logger
  }

  /// Sends what is due for a webhook.
  public func send(_ work: SendWebhook, of brand: Brand, in attempt: Attempt) async throws -> JobResult {
    let key = try tenancy.key(of: brand)
    let end = ContinuousClock.now + timing.turn
    if attempt.epoch > 1 { try await release(work.webhook, of: brand, in: attempt) }
    guard let endpoint = try await WebhookClaims.endpoint(work.webhook, key: key, in: tenancy.reader(of: brand)) else {
      return .done
    }
    if let rest = endpoint.restUntil { return .gateShut(until: rest) }
    let url: PublicURL
    do {
      url = try PublicURL(endpoint.url, allowsLoopback: http.allowsLoopback)
    } catch {
      // It was taken while a setting allowed it.
      let results = try await claim(work.webhook, of: brand, in: attempt).map {
        WebhookResult($0, .unanswered(.forbiddenAddress, "the address is not allowed"))
      }
      return try await settle(results, work.webhook, of: brand, in: attempt) ?? .done
    }
    return try await http.lend(to: url) { connection in
      while ContinuousClock.now < end {
        let claimed = try await claim(work.webhook, of: brand, in: attempt)
        guard !claimed.isEmpty else { return .done }
        let results = await ask(claimed, through: connection, signedWith: endpoint.secrets)
        if let next = try await settle(results, work.webhook, of: brand, in: attempt) { return next }
      }
      return .snooze(until: Date())
    }
  }

  /// Gives back what a run holds that is given up, and leaves it to another one.
  public func abandon(_ work: SendWebhook, of brand: Brand, in attempt: Attempt) async throws {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      let claims = WebhookClaims(transaction: transaction)
      guard try await claims.release(attempt.run, after: timing.longestRest) else { return }
      try await claims.enqueue(work, dueAt: Date(timeIntervalSinceNow: timing.longestRest))
    }
  }

  private func claim(
    _ webhook: ID<Webhook>, of brand: Brand, in attempt: Attempt
  ) async throws -> [ClaimedEvent] {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      return try await WebhookClaims(transaction: transaction).claim(upTo: timing.batch, for: webhook, by: attempt.run)
    }
  }

  private func release(_ webhook: ID<Webhook>, of brand: Brand, in attempt: Attempt) async throws {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      _ = try await WebhookClaims(transaction: transaction).release(attempt.run, after: 0)
    }
  }

  /// Asks for a few at a time. Once the endpoint is found not to answer, the others are left as they were.
  private func ask(
    _ events: [ClaimedEvent], through connection: PublicConnection, signedWith secrets: [WebhookSecret]
  ) async -> [WebhookResult] {
    var results: [WebhookResult] = []
    var rest = events[...]
    while !rest.isEmpty, !results.contains(where: \.endsTheTurn), !Task.isCancelled {
      let few = rest.prefix(timing.parallel)
      rest = rest.dropFirst(timing.parallel)
      results += await withTaskGroup(of: WebhookResult.self) { group in
        for event in few {
          group.addTask {
            let headers = event.request.headers(signedWith: secrets, at: Date())
            let body = Array(event.request.body)
            return WebhookResult(event, await connection.post(headers: headers, body: body))
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }
    return results + rest.map { WebhookResult($0, nil) }
  }

  /// Writes what became of the requests. Shielded: what an endpoint has taken should not be sent again for a stop.
  private func settle(
    _ results: [WebhookResult], _ webhook: ID<Webhook>, of brand: Brand, in attempt: Attempt
  ) async throws -> JobResult? {
    for result in results {
      Counter(label: "webhook_attempts_total", dimensions: [("outcome", result.outcome.rawValue)]).increment()
    }
    let (tenancy, timing) = (tenancy, timing)
    let standing = try await shielded {
      try await tenancy.transaction(of: brand) { transaction in
        try await WebhookSettling(transaction: transaction, timing: timing)
          .settle(results, to: webhook, claimedBy: attempt.run)
      }
    }
    switch standing {
    case .goesOn: return nil
    case .rests(let until): return .gateShut(until: until)
    case .disabled(let why):
      let metadata: Logger.Metadata = ["brand": "\(brand.id)", "webhook": "\(webhook)", "why": "\(why.rawValue)"]
      logger.notice("webhook disabled", metadata: metadata)
      return .done
    }
  }
}
