import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import Community

@Suite struct EventTests {
  private func count(_ table: String, _ brand: BrandFixture) async throws -> Int {
    let sql: SQL = table == "events" ? "select count(*) from events" : "select count(*) from webhook_deliveries"
    return try await brand.query(sql).first?.decode(Int.self) ?? -1
  }

  private func told(_ brand: BrandFixture) async throws -> [(type: String, data: [String: Any])] {
    try await brand.query("select type, data::text from events order by id").map { row in
      let (type, data) = try row.decode(String.self, String.self)
      return (type, try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any] ?? [:])
    }
  }

  @Test func nothingIsWrittenWhereNobodyListens() async throws {
    try await withBrand { brand in
      let channel = try await brand.addChannel()
      _ = try await brand.addGroup(through: channel)
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await brand.makeDue(try await brand.touches(of: plan).prefix(1).map(\.id))
      try await brand.fireAndExpand()
      _ = try await brand.dispatch(
        try await brand.beginDelivery(), through: ScriptedAdapter(platform: ScriptedPlatform()))
      #expect(try await count("events", brand) == 0)
      // Nor for one that wants something else, or is disabled.
      _ = try await brand.addWebhook(to: "http://127.0.0.1:1/", [.memberJoined])
      let off = try await brand.addWebhook(to: "http://127.0.0.1:1/", [.planPaused])
      try await brand.edit(off) { $0.state = .disabled }
      try await brand.work { try await PlanApproval($0).pause(plan, ifVersion: nil) }
      #expect(try await count("events", brand) == 0)
      #expect(try await count("webhook_deliveries", brand) == 0)
      #expect(try await brand.runs(of: SendWebhook.self).isEmpty)
    }
  }

  @Test func eachWebhookGetsWhatItWants() async throws {
    try await withBrand { brand in
      let all = try await brand.addWebhook(to: "http://127.0.0.1:1/")
      let joins = try await brand.addWebhook(to: "http://127.0.0.1:1/", [.memberJoined])
      try await brand.tell(try Happening(.memberJoined, [.group: ID<Group>(), .member: ID<Member>()]))
      try await brand.tell(try Happening(.planPaused, [.plan: ID<Plan>(), .state: "paused", .version: 3]))
      #expect(try await brand.webhookDeliveries(all).map(\.type) == ["member.joined", "plan.paused"])
      #expect(try await brand.webhookDeliveries(joins).map(\.type) == ["member.joined"])
      #expect(try await count("events", brand) == 2)
      let runs = try await brand.runs(of: SendWebhook.self).map(\.payload.webhook)
      #expect(runs.sorted() == [all, all, joins].sorted())
    }
  }

  @Test func anEventIsThereExactlyIfItsTransactionIs() async throws {
    try await withBrand { brand in
      let webhook = try await brand.addWebhook(to: "http://127.0.0.1:1/")
      struct Changed: Error {}
      await #expect(throws: Changed.self) {
        try await brand.work { transaction in
          try await transaction.tell(try Happening(.planPaused, [.plan: ID<Plan>()]))
          throw Changed()
        }
      }
      #expect(try await brand.webhookDeliveries(webhook).isEmpty)
      #expect(try await brand.runs(of: SendWebhook.self).isEmpty)
    }
  }

  @Test func theLedgerTellsWhatBecameOfDeliveries() async throws {
    try await withBrand { brand in
      _ = try await brand.addWebhook(to: "http://127.0.0.1:1/")
      let channel = try await brand.addChannel()
      for number in 1...4 { _ = try await brand.addGroup("群 \(number)", through: channel) }
      _ = try await brand.addGroup("没有渠道的群")
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await brand.makeDue(try await brand.touches(of: plan).prefix(1).map(\.id))
      try await brand.fireAndExpand()
      let platform = ScriptedPlatform()
      for outcome in [.accepted, .refused, .silent, .accepted] as [DispatchOutcome] { await platform.answer(outcome) }
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      let ledger = try await brand.deliveries()
      let told = try await told(brand).filter { $0.type.hasPrefix("delivery.") }
      #expect(told.count == 5)
      for delivery in ledger {
        let event = try #require(told.first { $0.data["delivery_id"] as? String == "\(delivery.id)" })
        #expect(event.type == "delivery.\(delivery.state.rawValue)")
        #expect(event.data["state"] as? String == delivery.state.rawValue)
        #expect(event.data["group_id"] as? String == "\(delivery.groupID)")
        #expect(event.data["touch_id"] as? String == "\(delivery.touchID)")
        #expect(event.data["reason"] as? String == delivery.reason)
        #expect(event.data["attempts"] as? Int == delivery.attempts)
        let fields = EventType(rawValue: event.type)?.fields.map(\.rawValue) ?? []
        #expect(Set(event.data.keys).isSubset(of: fields))
      }
      // A person's word is told too, and only once.
      let unknown = try #require(ledger.first { $0.state == .unknown })
      try await brand.work { try await DeliveryStore($0).resolve(unknown.id, arrived: true, by: "测试") }
      let words = try await self.told(brand).filter { $0.data["delivery_id"] as? String == "\(unknown.id)" }
      #expect(words.map(\.type) == ["delivery.unknown", "delivery.delivered"])
    }
  }

  @Test func plansAndChannelsTellTheirStates() async throws {
    try await withBrand { brand in
      _ = try await brand.addWebhook(to: "http://127.0.0.1:1/")
      let channel = try await brand.addChannel()
      _ = try await brand.addGroup(through: channel)
      let plan = try await brand.approvedPlan([try await brand.addText()])
      let touches = try await brand.touches(of: plan)
      try await brand.makeDue(touches.prefix(2).map(\.id))
      try await brand.fireAndExpand()
      let platform = ScriptedPlatform()
      await platform.answer(.limited(for: .seconds(60)))
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      try await brand.query("update channels set parked_until = null")
      await platform.answer(.dead)
      for run in try await brand.runs(of: DeliverTouch.self) {
        let begun = try await brand.begin(run.id, as: DeliverTouch.self)
        _ = try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      }
      try await brand.makeDue(touches.dropFirst(2).prefix(1).map(\.id), minutesAgo: 600)
      try await brand.query("select ops.wake_at(clock_timestamp())")
      try await brand.fire()
      try await brand.work { try await PlanApproval($0).pause(plan, ifVersion: nil) }
      try await brand.approve(plan)
      try await brand.work { try await PlanApproval($0).withdraw(plan, ifVersion: nil) }
      let told = try await told(brand).filter { !$0.type.hasPrefix("delivery.") }
      #expect(
        told.map(\.type) == [
          "plan.approved", "channel.parked", "channel.paused", "touch.missed", "plan.paused", "plan.approved",
          "plan.withdrawn",
        ])
      for (type, data) in told {
        let fields = EventType(rawValue: type)?.fields.map(\.rawValue) ?? []
        #expect(Set(data.keys) == Set(fields), "\(type)")
      }
      #expect(told.last?.data["version"] as? Int == (try await brand.plan(plan).version))
    }
  }

  /// The ids that the database makes are of version 7 and in order, as those of the program.
  @Test func idsMadeByTheDatabaseSortByTime() async throws {
    try await withBrand { brand in
      let before = ID<Event>()
      try await Task.sleep(for: .milliseconds(3))
      let rows = try await brand.query(
        "select \(SQL.newID) as id, clock_timestamp() as now from generate_series(1, 50)")
      try await Task.sleep(for: .milliseconds(3))
      let after = ID<Event>()
      let ids = try rows.map { try $0.value("id", as: ID<Event>.self) }
      #expect(Set(ids).count == 50)
      for id in ids {
        #expect(before < id && id < after)
        #expect(id.uuid.uuid.6 >> 4 == 7)
        #expect(id.uuid.uuid.8 >> 6 == 2)
      }
    }
  }
}
