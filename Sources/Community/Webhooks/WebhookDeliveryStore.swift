public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// What is on its way to a webhook, for those who look and order.
public struct WebhookDeliveryStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  private static var shown: SQL {
    """
    select d.id, d.webhook_id, d.event_id, e.type, e.at, d.state, d.attempts,
      case when d.state = 'ready' then d.next_at end as next_at, d.attempted_at, d.status, d.fault, d.answer, d.settled_at
    from webhook_deliveries d join events e on e.id = d.event_id
    """
  }

  /// One delivery. Throws `NotFound`.
  public func delivery(_ id: ID<WebhookDelivery>, of webhook: ID<Webhook>) async throws -> WebhookDelivery {
    let rows = try await session.query("\(Self.shown) where d.id = \(id) and d.webhook_id = \(webhook)")
    guard let row = rows.first else { throw NotFound() }
    return try WebhookDelivery(row)
  }

  /// The deliveries by age, in one state only when it is given.
  public func page(
    _ request: PageRequest, of webhook: ID<Webhook>, state: WebhookDelivery.State?
  ) async throws -> Page<WebhookDelivery> {
    let inState: SQL = state.map { "and d.state = \($0.rawValue)" } ?? ""
    let rows = try await session.query(
      """
      \(Self.shown) where d.webhook_id = \(webhook) and d.id > \(request.place) \(inState)
      order by d.id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(WebhookDelivery.init))
  }

  /// Sends a test event, whatever the webhook wants. Throws `NotFound`, or `WrongState` for one that is disabled.
  public func test(_ id: ID<Webhook>, in transaction: BrandTransaction) async throws -> WebhookDelivery {
    try await requireActive(id)
    let (event, delivery) = (ID<Event>(), ID<WebhookDelivery>())
    let happening = try Happening(.webhookTest, [.webhook: id])
    try await transaction.query([
      "insert into events (id, type, data) values (\(event), \(happening.type.rawValue), \(happening.data)::text::jsonb)",
      "insert into webhook_deliveries (id, webhook_id, event_id) values (\(delivery), \(id), \(event))",
    ])
    try await transaction.enqueueSends(to: [id])
    return try await self.delivery(delivery, of: id)
  }

  /// Orders that one delivery, which is settled, or all that failed and whose event is not older than an instant, are
  /// tried anew, with the same `webhook-id`. How many there are.
  ///
  /// Throws `NotFound`, or `WrongState` for a webhook that is disabled and for a delivery that is not settled.
  public func redeliver(
    _ id: ID<Webhook>, _ order: RedeliveryOrder, in transaction: BrandTransaction
  ) async throws -> Int {
    try order.validate()
    try await requireActive(id)
    let chosen: SQL =
      if let delivery = order.delivery {
        "id = \(delivery) and state in ('delivered', 'failed')"
      } else {
        "state = 'failed' and event_id in (select e.id from events e where e.at >= \(order.failedSince))"
      }
    let ordered = try await transaction.query(
      """
      update webhook_deliveries set state = 'ready', attempts = 0, next_at = now(), settled_at = null
      where webhook_id = \(id) and \(chosen)
      """)
    if let delivery = order.delivery, ordered.affected == 0 {
      throw WrongState(state: try await self.delivery(delivery, of: id).state.rawValue)
    }
    if ordered.affected > 0 { try await transaction.enqueueSends(to: [id]) }
    return ordered.affected
  }

  private func requireActive(_ id: ID<Webhook>) async throws {
    let webhook = try await WebhookStore(session).webhook(id)
    guard webhook.state == .active else { throw WrongState(state: webhook.state.rawValue) }
  }
}

/// Which deliveries are to be tried anew: one, or those that failed since an instant.
public struct RedeliveryOrder: Codable, Sendable, Hashable {
  /// One of them.
  public let delivery: ID<WebhookDelivery>?
  /// All that failed of events since then.
  public let failedSince: Date?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case delivery
    case failedSince = "failed_since"
  }

  /// An order.
  public init(delivery: ID<WebhookDelivery>? = nil, failedSince: Date? = nil) {
    self.delivery = delivery
    self.failedSince = failedSince
  }

  func validate() throws {
    if delivery == nil, failedSince == nil { throw InvalidInput("/failed_since", .required) }
    if delivery != nil, failedSince != nil { throw InvalidInput("/failed_since", .unknownField, limit: "delivery") }
  }
}

extension WebhookDelivery {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    webhookID = try row.value("webhook_id")
    eventID = try row.value("event_id")
    type = try row.value("type")
    at = try row.value("at")
    state = try row.state("state")
    attempts = try row.value("attempts")
    nextAt = try row.value("next_at")
    attemptedAt = try row.value("attempted_at")
    status = try row.value("status")
    fault = try row.value("fault")
    answer = try row.value("answer")
    settledAt = try row.value("settled_at")
  }
}
