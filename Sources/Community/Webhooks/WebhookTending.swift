import Foundation
import Identifiers
public import JobQueue
import Postgres
public import Tenancy

/// Keeps a brand's events from growing for ever, and finds what no run sends any more.
public struct WebhookTending: Sendable {
  private let tenancy: Tenancy
  private let timing: WebhookTiming

  /// Tending over the given tenancy.
  public init(_ tenancy: Tenancy, timing: WebhookTiming = WebhookTiming()) {
    self.tenancy = tenancy
    self.timing = timing
  }

  private static let batch = 5_000
  private static let pause: TimeInterval = 6 * 3_600
  /// What is overdue for so long has no run: it was lost with a queue that somebody emptied by hand, or its run was killed
  /// by one.
  private static let overdue: TimeInterval = 3_600

  /// Deletes events that are older than they are kept, and sends what was forgotten.
  public func tend(_ brand: Brand, in attempt: Attempt) async throws -> JobResult {
    while try await deleteOld(of: brand) == Self.batch { try await attempt.report("deleting old events") }
    let isOver = try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      let forgotten = try await transaction.query(
        """
        select w.id from webhooks w where w.state = 'active' and coalesce(w.rest_until < now(), true) and exists (
          select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'ready'
            and d.next_at < now() - \(Self.overdue) * interval '1 second')
        """)
      try await transaction.enqueueSends(to: try forgotten.map { try $0.value("id") })
      return try await transaction.query(
        "select not exists (select from webhooks) and not exists (select from events) as is_over"
      ).first?.value("is_over", as: Bool.self) ?? true
    }
    return isOver ? .done : .snooze(until: Date(timeIntervalSinceNow: Self.pause))
  }

  private func deleteOld(of brand: Brand) async throws -> Int {
    try await tenancy.transaction(of: brand) { transaction in
      // An event that goes to nobody is of no use to anybody either, once its transaction is over.
      try await transaction.query(
        """
        delete from events where id in (
          select e.id from events e
          where e.at < now() - \(timing.retention) * interval '1 second'
            or not exists (select from webhook_deliveries d where d.event_id = e.id)
          order by e.id limit \(Self.batch))
        """
      ).affected
    }
  }
}

extension BrandTransaction {
  /// Sees to it that the brand's events are tended from now on.
  func beginTending() async throws {
    _ = try await RunStore.enqueue(
      [try NewRun(TendWebhooks(), uniqueKey: TendWebhooks.key)], of: ID<Tenant>(brand.id.uuid), in: self)
  }
}
