import Channels
import Crypto
import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport

@testable import Community
@testable import JobQueue

extension BrandFixture {
  func addWebhook(
    to url: String, _ types: [EventType] = EventType.wantable
  ) async throws -> ID<Webhook> {
    let draft = WebhookDraft(name: "接收", url: url, types: types.map(\.rawValue))
    let key = try tenancy.key(of: brand)
    return try await work { try await WebhookStore($0).create(draft, key: key, allowsLoopback: true) }
  }

  func webhook(_ id: ID<Webhook>) async throws -> Webhook { try await WebhookStore(reader).webhook(id) }

  func secret(of id: ID<Webhook>) async throws -> WebhookSecret? {
    try await WebhookStore(reader)
      .secret(of: id, madeAt: try await webhook(id).secretMadeAt, key: try tenancy.key(of: brand))
  }

  func edit(_ id: ID<Webhook>, _ change: (inout WebhookEdit) -> Void) async throws {
    var edit = try await webhook(id).edit
    change(&edit)
    let edited = edit
    try await work { try await WebhookStore($0).update(id, edited, ifVersion: nil, allowsLoopback: true) }
  }

  func webhookDeliveries(_ id: ID<Webhook>) async throws -> [WebhookDelivery] {
    try await WebhookDeliveryStore(reader).page(PageRequest(limit: 5_000, after: nil), of: id, state: nil).items
  }

  func tell(_ happening: Happening, times: Int = 1) async throws {
    try await work { try await $0.tell([Happening](repeating: happening, count: times)) }
  }

  func sending(
    _ timing: WebhookTiming = WebhookTiming(), timeout: Duration = .seconds(30), loopback: Bool = true,
    lookup: HostLookup = .system()
  ) -> WebhookSending {
    var settings = PublicHTTP.Settings()
    settings.allowsLoopback = loopback
    settings.timeout = timeout
    return WebhookSending(tenancy, http: PublicHTTP(settings: settings, lookup: lookup), timing: timing, logger: .quiet)
  }

  /// Performs the runs of webhooks that are due, as a worker would, until none is.
  @discardableResult
  func sendDue(_ sending: WebhookSending? = nil) async throws -> [JobResult] {
    let sending = sending ?? self.sending()
    var results: [JobResult] = []
    while let run = try await nextSend() {
      let begun = try await begin(run, as: SendWebhook.self)
      let result = try await sending.send(begun.payload, of: brand, in: begun.attempt)
      results.append(result)
      switch result {
      case .done: try await finish(.done(begun.run))
      case .snooze(let until): try await finish(.snoozed(begun.run, until: until))
      case .gateShut(let until): try await finish(.snoozed(begun.run, until: until, atGate: true))
      case .gateShutFor(let wait): try await finish(.shutOut(begun.run, for: wait))
      }
    }
    return results
  }

  /// A run that is due within the next moments.
  func nextSend() async throws -> ID<Run>? {
    try await deployment.pool.read(
      """
      select id from ops.runs where brand_id = \(brand.id) and kind = 'webhook.send' and state = 'ready'
        and due_at <= clock_timestamp() order by id limit 1
      """
    ).first?.value("id")
  }

  /// As if all waits were over.
  func passTime() async throws {
    try await query("update webhook_deliveries set next_at = now() where state = 'ready'")
    try await query("update webhooks set rest_until = null")
    try await deployment.owner.lease { connection in
      try await connection.query(
        "update ops.runs set due_at = clock_timestamp() where kind = 'webhook.send' and state = 'ready'")
    }
  }
}

extension WebhookSecret {
  /// Verified as a receiver does it, from the secret's text alone.
  static func verifies(_ text: String, _ arrival: Receiver.Arrival) -> Bool {
    guard let bytes = Data(base64Encoded: String(text.dropFirst("whsec_".count))) else { return false }
    let signed = Data("\(arrival.header("webhook-id")).\(arrival.header("webhook-timestamp")).".utf8) + arrival.body
    let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: bytes))
    let expected = "v1," + Data(code).base64EncodedString()
    return arrival.header("webhook-signature").split(separator: " ").contains { $0 == expected }
  }
}
