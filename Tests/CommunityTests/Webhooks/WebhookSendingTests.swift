import Channels
import Foundation
import Identifiers
import NIOHTTP1
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import JobQueue
@testable import Tenancy

@Suite struct WebhookSendingTests {
  private func joined() throws -> Happening {
    try Happening(.memberJoined, [.group: ID<Group>(), .member: ID<Member>()])
  }

  @Test func anEventArrivesSignedAndWhole() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let id = try await brand.addWebhook(to: receiver.url)
        let (group, member) = (ID<Group>(), ID<Member>())
        try await brand.tell(try Happening(.memberJoined, [.group: group, .member: member]))
        #expect(try await brand.sendDue() == [.done])
        let arrival = try #require(receiver.arrivals.first)
        #expect(receiver.arrivals.count == 1)
        let delivery = try #require(try await brand.webhookDeliveries(id).first)
        #expect(delivery.state == .delivered && delivery.status == 204 && delivery.attempts == 1)
        #expect(arrival.header("webhook-id") == "\(delivery.eventID)")
        #expect(arrival.header("content-type") == "application/json")
        let second = try #require(TimeInterval(arrival.header("webhook-timestamp")))
        #expect(abs(second - Date().timeIntervalSince1970) < 60)
        #expect(WebhookSecret.verifies(try #require(try await brand.secret(of: id)).reveal(), arrival))
        #expect(!WebhookSecret.verifies(WebhookSecret().reveal(), arrival))
        #expect(Set(arrival.json.keys) == ["type", "timestamp", "data"])
        #expect(arrival.type == "member.joined")
        #expect(
          arrival.data as? [String: String] == [
            "brand_id": "\(brand.brand.id)", "group_id": "\(group)", "member_id": "\(member)",
          ])
        let time = try #require(arrival.json["timestamp"] as? String)
        let at = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(at.timeIntervalSince(delivery.at)) < 0.002)
      }
    }
  }

  @Test func manyEventsArriveOnceEach() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined(), times: 130)
        #expect(try await brand.sendDue() == [.done])
        #expect(receiver.arrivals.count == 130)
        #expect(Set(receiver.arrivals.map { $0.header("webhook-id") }).count == 130)
        #expect(try await brand.webhookDeliveries(id).allSatisfy { $0.state == .delivered && $0.attempts == 1 })
      }
    }
  }

  @Test func whatWasRefusedIsTriedAgainWithTheSameIDAndTheSameBody() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        receiver.answer(500)
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined())
        try await brand.sendDue()
        let waiting = try #require(try await brand.webhookDeliveries(id).first)
        #expect(waiting.state == .ready && waiting.status == 500 && waiting.attempts == 1)
        let wait = try #require(waiting.nextAt).timeIntervalSince(try #require(waiting.attemptedAt))
        #expect((4.9...60).contains(wait))
        #expect(try await brand.webhook(id).failures == 1)
        // Its run is due after it.
        let runs = try await brand.deployment.pool.read(
          """
          select due_at from ops.runs where brand_id = \(brand.brand.id) and kind = 'webhook.send' and state = 'ready'
          """)
        #expect(
          try runs.map { try $0.value("due_at", as: Date.self) }.allSatisfy { $0 >= waiting.nextAt ?? .distantPast })
        #expect(runs.count == 1)
        receiver.answer(200)
        try await brand.passTime()
        try await brand.sendDue()
        let sent = try #require(try await brand.webhookDeliveries(id).first)
        #expect(sent.state == .delivered && sent.attempts == 2)
        #expect(receiver.arrivals.count == 2)
        #expect(Set(receiver.arrivals.map { $0.header("webhook-id") }).count == 1)
        #expect(Set(receiver.arrivals.map(\.body)).count == 1)
        #expect(try await brand.webhook(id).failures == 0)
        #expect(try await brand.webhook(id).failingSince == nil)
      }
    }
  }

  @Test func afterTheLastAttemptItHasFailedAndCanBeOrderedAgain() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        receiver.answer(400)
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined())
        for _ in 1...12 {
          try await brand.sendDue()
          try await brand.passTime()
        }
        #expect(receiver.arrivals.count == 10)
        let failed = try #require(try await brand.webhookDeliveries(id).first)
        #expect(failed.state == .failed && failed.attempts == 10 && failed.settledAt != nil)
        receiver.answer(204)
        let since = RedeliveryOrder(failedSince: Date(timeIntervalSinceNow: -3_600))
        let count = try await brand.work { try await WebhookDeliveryStore($0).redeliver(id, since, in: $0) }
        #expect(count == 1)
        try await brand.sendDue()
        #expect(receiver.arrivals.count == 11)
        #expect(Set(receiver.arrivals.map { $0.header("webhook-id") }).count == 1)
        #expect(try await brand.webhookDeliveries(id).map(\.state) == [.delivered])
        // What has arrived is sent once more only when it is named.
        let later = RedeliveryOrder(failedSince: Date(timeIntervalSinceNow: -3_600))
        #expect(try await brand.work { try await WebhookDeliveryStore($0).redeliver(id, later, in: $0) } == 0)
        let named = RedeliveryOrder(delivery: failed.id)
        #expect(try await brand.work { try await WebhookDeliveryStore($0).redeliver(id, named, in: $0) } == 1)
        await #expect(throws: WrongState(state: "ready")) {
          try await brand.work { try await WebhookDeliveryStore($0).redeliver(id, named, in: $0) }
        }
      }
    }
  }

  @Test func oneThatIsGoneIsDisabledAtOnce() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        receiver.answer(410)
        let id = try await brand.addWebhook(to: receiver.url)
        let before = try await brand.webhook(id)
        try await brand.tell(try joined(), times: 30)
        try await brand.sendDue()
        let webhook = try await brand.webhook(id)
        #expect(webhook.state == .disabled && webhook.disabledWhy == .gone && webhook.version == before.version + 1)
        #expect(receiver.arrivals.count <= 4)
        // Nothing is sent to it any more, and nothing is kept for it.
        try await brand.tell(try joined())
        try await brand.passTime()
        try await brand.sendDue()
        #expect(receiver.arrivals.count <= 4)
        #expect(try await brand.webhookDeliveries(id).count == 30)
        // Made active again it gets what waited.
        receiver.answer(204)
        try await brand.edit(id) { $0.state = .active }
        try await brand.sendDue()
        #expect(try await brand.webhookDeliveries(id).allSatisfy { $0.state == .delivered })
        #expect(try await brand.webhook(id).disabledWhy == nil)
      }
    }
  }

  @Test func oneThatDoesNotAnswerIsLeftAloneForAWhile() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        receiver.answer(503, headers: ["retry-after": "900"])
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined(), times: 50)
        let results = try await brand.sendDue()
        guard case .gateShut(let until)? = results.first, results.count == 1 else {
          return #expect(Bool(false), "\(results)")
        }
        #expect((800...1_000).contains(until.timeIntervalSinceNow))
        // A few were under way together; the others were not tried, and none of theirs is counted.
        #expect(receiver.arrivals.count == 4)
        #expect(try await brand.webhookDeliveries(id).map(\.attempts).reduce(0, +) == 4)
        #expect(try await brand.webhookDeliveries(id).allSatisfy { $0.state == .ready })
        // Other runs of it find that it rests.
        try await brand.tell(try joined())
        let others = try await brand.sendDue()
        #expect(others.count == 1 && receiver.arrivals.count == 4)
      }
    }
  }

  @Test func oneThatHasFailedForDaysIsDisabled() async throws {
    try await withBrand { brand in
      let id = try await brand.addWebhook(to: "http://127.0.0.1:1/")
      try await brand.tell(try joined(), times: 40)
      try await brand.sendDue()
      #expect(try await brand.webhook(id).state == .active)
      #expect(try await brand.webhookDeliveries(id).compactMap(\.fault).allSatisfy { $0 == "unreachable" })
      try await brand.query("update webhooks set failing_since = now() - interval '4 days', failures = 50")
      try await brand.passTime()
      try await brand.sendDue()
      #expect(try await brand.webhook(id).state == .active)
      try await brand.query("update webhooks set failing_since = now() - interval '6 days', failures = 2")
      try await brand.passTime()
      try await brand.sendDue()
      #expect(try await brand.webhook(id).state == .active, "few attempts decide nothing")
      try await brand.query("update webhooks set failing_since = now() - interval '6 days', failures = 9")
      try await brand.passTime()
      try await brand.sendDue()
      let webhook = try await brand.webhook(id)
      #expect(webhook.state == .disabled && webhook.disabledWhy == .failing)
    }
  }

  @Test func whatAWorkerLeftInTheMiddleIsSentByTheNextAttempt() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined(), times: 3)
        let run = try #require(try await brand.nextSend())
        let lost = try await brand.begin(run, as: SendWebhook.self)
        let claimed = try await brand.work {
          try await WebhookClaims(transaction: $0).claim(upTo: 2, for: id, by: lost.run.id)
        }
        #expect(claimed.count == 2)
        let next = try await brand.begin(run, as: SendWebhook.self)
        #expect(try await brand.sending().send(next.payload, of: brand.brand, in: next.attempt) == .done)
        #expect(Set(receiver.arrivals.map { $0.header("webhook-id") }).count == 3)
        #expect(try await brand.webhookDeliveries(id).allSatisfy { $0.state == .delivered })
        // The one that was overtaken claims nothing any more.
        try await brand.tell(try joined())
        await #expect(throws: PostgresError.self) {
          try await brand.sending().send(lost.payload, of: brand.brand, in: lost.attempt)
        }
      }
    }
  }

  @Test func aRunThatIsGivenUpLeavesItsEventsToAnother() async throws {
    try await withBrand { brand in
      let id = try await brand.addWebhook(to: "http://127.0.0.1:1/")
      try await brand.tell(try joined(), times: 3)
      let begun = try await brand.begin(try #require(try await brand.nextSend()), as: SendWebhook.self)
      _ = try await brand.work { try await WebhookClaims(transaction: $0).claim(upTo: 9, for: id, by: begun.run.id) }
      try await brand.sending().abandon(begun.payload, of: brand.brand, in: begun.attempt)
      #expect(try await brand.webhookDeliveries(id).allSatisfy { $0.state == .ready })
      #expect(try await brand.runs(of: SendWebhook.self).count == 2)
    }
  }

  @Test func whileASecretIsRenewedBothSign() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let id = try await brand.addWebhook(to: receiver.url)
        let old = try #require(try await brand.secret(of: id)).reveal()
        let key = try brand.tenancy.key(of: brand.brand)
        try await brand.work { try await WebhookStore($0).renewSecret(of: id, key: key) }
        let new = try #require(try await brand.secret(of: id)).reveal()
        #expect(old != new)
        try await brand.tell(try joined())
        try await brand.sendDue()
        let both = try #require(receiver.arrivals.last)
        #expect(WebhookSecret.verifies(old, both) && WebhookSecret.verifies(new, both))
        #expect(try await brand.webhook(id).oldSecretUntil != nil)
        try await brand.query("update webhooks set old_secret_until = now() - interval '1 second'")
        try await brand.tell(try joined())
        try await brand.sendDue()
        let one = try #require(receiver.arrivals.last)
        #expect(!WebhookSecret.verifies(old, one) && WebhookSecret.verifies(new, one))
        #expect(try await brand.webhook(id).oldSecretUntil == nil)
      }
    }
  }

  @Test func anAddressWithinIsNotAsked() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let id = try await brand.addWebhook(to: "https://hooks.nuanqun.invalid:\(receiver.port)/")
        try await brand.tell(try joined())
        let inward = HostLookup { _ in [IPAddress("127.0.0.1")].compactMap { $0 } }
        try await brand.sendDue(brand.sending(loopback: false, lookup: inward))
        let delivery = try #require(try await brand.webhookDeliveries(id).first)
        #expect(delivery.fault == "forbidden_address" && delivery.state == .ready)
        // One that was taken while a setting allowed this machine is not asked either.
        let local = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined())
        try await brand.sendDue(brand.sending(loopback: false))
        #expect(try await brand.webhookDeliveries(local).map(\.fault) == ["forbidden_address"])
        #expect(receiver.arrivals.isEmpty)
      }
    }
  }

  @Test func oldEventsAreDeletedAndForgottenOnesSent() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try joined(), times: 3)
        try await brand.sendDue()
        try await brand.tell(try joined())
        try await brand.deployment.owner.lease { connection in
          try await connection.query("update ops.runs set state = 'done' where kind = 'webhook.send'")
          try await connection.query(
            """
            update \(identifier: brand.brand.schema).events set at = now() - interval '31 days'
            where id = (select min(id::text)::uuid from \(identifier: brand.brand.schema).events)
            """)
        }
        try await brand.query(
          "update webhook_deliveries set next_at = now() - interval '2 hours' where state = 'ready'")
        let tend = try #require(try await brand.runs(of: TendWebhooks.self).first)
        let begun = try await brand.begin(tend.id, as: TendWebhooks.self)
        let result = try await WebhookTending(brand.tenancy).tend(brand.brand, in: begun.attempt)
        guard case .snooze = result else { return #expect(Bool(false), "\(result)") }
        #expect(try await brand.webhookDeliveries(id).count == 3)
        try await brand.sendDue()
        #expect(receiver.arrivals.count == 4)
        // Without webhooks it ends once nothing is left.
        try await brand.work { try await WebhookStore($0).delete(id) }
        #expect(try await WebhookTending(brand.tenancy).tend(brand.brand, in: begun.attempt) == .done)
      }
    }
  }
}
