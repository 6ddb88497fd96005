import Channels
import Foundation
import Identifiers
import Postgres
import Testing
import TestSupport

@testable import Community

/// The law of sending: whatever the platform answers and whichever attempts are lost, nothing is sent twice, nothing is
/// lost, no cap, no quota and no window is exceeded, and the ledger is true.
@Suite struct DispatchPropertyTests {
  @Test(.timeLimit(.minutes(15)), arguments: 1...2)
  func fourDispatchersKeepTheLaw(_ history: Int) async throws {
    var random = Seeded()
    try await withBrand { brand in
      let (cap, quota, key) = (random.number(3...6), random.number(5...9), UUID().uuidString)
      try await brand.set(cap: cap)
      let own = try await brand.addChannel("自用", key: key)
      try await brand.query("update channels set monthly_quota = \(quota) where id = \(own)")
      let expected = try await marks(of: brand, touches: 24, through: own)
      let rate = ChannelRate(limit: random.number(6...12), per: .milliseconds(500))
      var timing = DispatchTiming()
      (timing.firstByteDelay, timing.margin) = (.milliseconds(1_500), .milliseconds(50))
      let platform = FaultyPlatform(seed: random.seed, for: expected)
      let adapter = FaultyAdapter(rate: rate, platform: platform, brand: brand)
      let fleet = Fleet(brand, platform, brand.dispatching(through: adapter, timing))
      try await fleet.run(dispatchers: 4, seed: random.seed)

      let (deliveries, arrivals) = (try await brand.deliveries(), await platform.arrivals)
      let judge = Judge(
        expected: expected, core: try await coreTouches(of: brand), cap: cap, rate: rate,
        faults: await platform.faults, quotas: [key: quota])
      #expect(judge.findings(deliveries, arrivals) == [], "seed \(random.seed)")
      #expect(deliveries.contains { $0.reason == SkipReason.monthlyQuota.rawValue }, "seed \(random.seed)")
      try await expectTrueQuotas(of: brand, counting: "channel_id", seed: random.seed)
      // A history in which nothing happened proves nothing.
      let states = Dictionary(grouping: deliveries, by: \.state).mapValues(\.count)
      #expect(states[.delivered] ?? 0 > 10, "seed \(random.seed): \(states)")
      #expect(deliveries.contains { $0.reason == SkipReason.dailyCap.rawValue }, "seed \(random.seed)")
      #expect(await platform.faults > 0, "seed \(random.seed)")
      try await fleet.bury()
    }
  }

  /// The same with calls that carry many deliveries. The groups change their channel halfway, so that both channels claim
  /// for the same groups on the same day.
  @Test(.timeLimit(.minutes(15)), arguments: [100, 9])
  func dispatchesOfManyKeepTheLaw(_ capacity: Int) async throws {
    var random = Seeded()
    try await withBrand { brand in
      let (cap, quota) = (random.number(3...4), random.number(6...8))
      try await brand.set(cap: cap)
      let expected = try await crossedMarks(of: brand, touches: 20)
      let rate = ChannelRate(limit: random.number(3...6), per: .milliseconds(500))
      var timing = DispatchTiming()
      (timing.firstByteDelay, timing.margin) = (.milliseconds(1_500), .milliseconds(50))
      let platform = FaultyPlatform(seed: random.seed, for: expected)
      let adapter = FaultyAdapter(
        rate: rate, quota: ChannelQuota(counted: .destination, limit: .fixed(quota)), destinationsPerDispatch: capacity,
        platform: platform, brand: brand)
      let fleet = Fleet(brand, platform, brand.dispatching(through: adapter, timing))
      try await fleet.run(dispatchers: 4, seed: random.seed)

      let (deliveries, arrivals) = (try await brand.deliveries(), await platform.arrivals)
      let judge = Judge(
        expected: expected, core: try await coreTouches(of: brand), cap: cap, rate: rate,
        faults: await platform.faults, groupQuota: quota)
      #expect(judge.findings(deliveries, arrivals) == [], "seed \(random.seed)")
      #expect(deliveries.contains { $0.reason == SkipReason.monthlyQuota.rawValue }, "seed \(random.seed)")
      try await expectTrueQuotas(of: brand, counting: "group_id", seed: random.seed)
      let states = Dictionary(grouping: deliveries, by: \.state).mapValues(\.count)
      #expect(states[.delivered] ?? 0 > 50, "seed \(random.seed): \(states)")
      #expect(deliveries.contains { $0.reason == SkipReason.dailyCap.rawValue }, "seed \(random.seed)")
      #expect(await platform.largest == min(capacity, 24), "seed \(random.seed)")
      #expect(await platform.faults > 0, "seed \(random.seed)")
      try await fleet.bury()
    }
  }

  /// What is counted as used up is what has arrived or may have arrived: nothing is counted twice, and what was given back
  /// was given back once.
  private func expectTrueQuotas(of brand: BrandFixture, counting column: String, seed: UInt64) async throws {
    let rows = try await brand.query(
      """
      select q.used, (select count(*) from deliveries d where d.state in ('delivered', 'unknown')
        and q.subject = case \(column) when 'group_id' then d.group_id else d.channel_id end) as kept
      from quota_months q
      """)
    #expect(!rows.isEmpty)
    for row in rows {
      let (used, kept) = try row.decode(Int.self, Int.self)
      #expect(used == kept, "seed \(seed)")
    }
  }

  /// Two channels of many groups each, which change sides when half of the touches are expanded.
  private func crossedMarks(of brand: BrandFixture, touches count: Int) async throws -> Set<Mark> {
    let channels = [try await brand.addChannel("甲"), try await brand.addChannel("乙")]
    var groups: [ID<Group>] = []
    for number in 0..<36 {
      groups.append(try await brand.addGroup("\(number)群", through: channels[number < 24 ? 0 : 1]))
    }
    let contents = [try await brand.addText("核心"), try await brand.addText("互动", weight: .interactive)]
    let plan = try await brand.approvedPlan(contents, rule: brand.daily(["10:00", "16:00"]))
    let touches = try await brand.touches(of: plan).prefix(count).map(\.id)
    try #require(touches.count == count)
    for half in [touches.prefix(count / 2), touches.suffix(count / 2)] {
      try await brand.makeDue(Array(half))
      try await brand.fireAndExpand()
      try await brand.query(
        "update groups set channel_id = case channel_id when \(channels[0]) then \(channels[1]) else \(channels[0]) end"
      )
    }
    return Set(touches.flatMap { touch in groups.map { Mark(touch: touch, group: $0) } })
  }

  /// Two groups share a robot and a third has its own; touches of core and of other pieces, all due at once.
  private func marks(of brand: BrandFixture, touches count: Int, through own: ID<Channel>) async throws -> Set<Mark> {
    let shared = try await brand.addChannel("共用")
    let groups = [
      try await brand.addGroup("甲", through: shared), try await brand.addGroup("乙", through: shared),
      try await brand.addGroup("丙", through: own),
    ]
    let contents = [try await brand.addText("核心"), try await brand.addText("互动", weight: .interactive)]
    let plan = try await brand.approvedPlan(contents, rule: brand.daily(["10:00", "16:00"]))
    let touches = try await brand.touches(of: plan).prefix(count).map(\.id)
    try #require(touches.count == count)
    try await brand.makeDue(touches)
    try await brand.fireAndExpand()
    return Set(touches.flatMap { touch in groups.map { Mark(touch: touch, group: $0) } })
  }

  private func coreTouches(of brand: BrandFixture) async throws -> Set<ID<Touch>> {
    let rows = try await brand.query(
      "select t.id from touches t join contents c on c.id = t.content_id where c.weight = 'core'")
    return Set(try rows.map { try $0.decode(ID<Touch>.self) })
  }

  /// Control: without the claim's state, which says that a delivery is being sent, it is sent twice, and the judge sees it.
  @Test func withoutTheStateOfTheClaimTheJudgeSeesADoubleSend() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let mark = Mark(touch: ready.touch, group: ready.groups[0])
      let (platform, gate) = (ScriptedPlatform(), Gate())
      let adapter = ScriptedAdapter(platform: platform)
      await platform.answer(.accepted, behind: gate)
      let begun = try await brand.beginDelivery()
      let first = Task { try await brand.dispatch(begun, through: adapter) }
      try await eventually("the send") { await platform.sent.count == 1 }
      try await brand.query("update deliveries set state = 'ready' where state = 'sending'")
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: adapter)
      await gate.open()
      _ = await first.result

      let arrivals = await platform.keys.map { Arrival(mark: mark, account: $0, at: .now, isAccepted: true) }
      let judge = Judge(expected: [mark], core: [mark.touch], cap: 50, rate: adapter.rate, faults: 1)
      #expect(judge.findings(try await brand.deliveries(), arrivals) == [.doubled(mark)])
    }
  }
}
