import Almanac
import Channels
import Foundation
import Identifiers
import Postgres
import Testing

@testable import Community
@testable import JobQueue

/// What the claim decides under its locks.
@Suite struct ClaimTests {
  @Test func theClaimIsCommittedBeforeTheCall() async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch()
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.accepted, behind: gate)
      let begun = try await brand.beginDelivery()
      async let result = brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      try await eventually("the send") { await platform.sent.count == 1 }
      let rows = try await brand.query("select state, claim is not null, claim_run, claim_epoch from deliveries")
      let (state, isClaimed, run, epoch) = try rows[0].decode(String.self, Bool.self, ID<Run>.self, Int.self)
      #expect((state, isClaimed, run, epoch) == ("sending", true, begun.run.id, 1))
      await gate.open()
      #expect(try await result == .done)
    }
  }

  @Test func aFullWindowSnoozesUntilItsFirstClaimHasLeftIt() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let platform = ScriptedPlatform()
      let adapter = ScriptedAdapter(rate: ChannelRate(limit: 2, per: .seconds(600)), platform: platform)
      let begun = try await brand.beginDelivery()
      let result = try await brand.dispatch(begun, through: adapter)
      let rows = try await brand.query("select min(claimed_at) from deliveries")
      let first = try rows[0].decode(Date.self)
      let timing = DispatchTiming.generous
      let window = adapter.rate.guardedWindow(firstByteDelay: timing.firstByteDelay, margin: timing.margin)
      guard case .gateShut(let until) = result else {
        Issue.record("no snooze: \(result)")
        return
      }
      #expect(abs(until.timeIntervalSince(first) - window / .seconds(1)) < 0.000_01)
      #expect(try await brand.deliveries().map(\.state) == [.delivered, .delivered, .ready])
      #expect(try await brand.deliveries()[2].attempts == 0)

      // As if that time had passed.
      try await brand.query(
        """
        update channel_windows set claimed = array(select c - interval '1 hour' from unnest(claimed) c)
        where channel_id = \(ready.channel)
        """)
      #expect(try await brand.dispatch(begun, through: adapter) == .done)
      #expect(try await brand.deliveries().map(\.state) == [.delivered, .delivered, .delivered])
      #expect(try await brand.windowCount(of: ready.channel) == 1)
    }
  }

  @Test func theCapSkipsCoreItemsAndLetsOthersThrough() async throws {
    try await withBrand { brand in
      try await brand.set(cap: 1)
      let group = try await brand.addGroup(through: try await brand.addChannel())
      let platform = ScriptedPlatform()
      var reasons: [String?] = []
      for (hour, weight) in [(10, Content.Weight.core), (11, .core), (12, .interactive), (13, .service)] {
        let plan = try await brand.approvedPlan(
          [try await brand.addText(weight: weight)], rule: brand.once("\(hour):00"))
        let touch = try await brand.touches(of: plan)[0].id
        try await brand.makeDue([touch])
        try await brand.fireAndExpand()
        let begun = try await brand.beginDelivery()
        _ = try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
        try await brand.finish(.done(begun.run))
        reasons.append(try await brand.deliveries(of: touch)[0].reason)
      }
      #expect(reasons == [nil, "daily_cap", nil, nil])
      #expect(await platform.sent.count == 3)
      #expect(try await brand.coreCount(of: group) == 1)
    }
  }

  /// The window's lock keeps the claims of one channel in line; between two channels of a group only the day's row does.
  @Test func theCapHoldsBetweenTwoChannelsOfAGroup() async throws {
    try await withBrand { brand in
      try await brand.set(cap: 1)
      let channels = [try await brand.addChannel("甲"), try await brand.addChannel("乙")]
      let group = try await brand.addGroup()
      for (number, channel) in channels.enumerated() {
        try await brand.query("update groups set channel_id = \(channel) where id = \(group)")
        let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("1\(number):00"))
        try await brand.makeDue(try await brand.touches(of: plan).map(\.id))
        try await brand.fireAndExpand()
      }
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.accepted, behind: gate)
      await platform.answer(.accepted, behind: gate)
      try await withThrowingTaskGroup { tasks in
        for run in try await brand.runs(of: DeliverTouch.self) {
          let begun = try await brand.begin(run.id, as: DeliverTouch.self)
          tasks.addTask { _ = try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) }
        }
        try await eventually("both have been decided") {
          try await brand.deliveries().allSatisfy { $0.state != .ready }
        }
        await gate.open()
        try await tasks.waitForAll()
      }
      #expect(try await Set(brand.deliveries().map(\.state)) == [.delivered, .skipped])
      #expect(await platform.sent.count == 1)
      #expect(try await brand.coreCount(of: group) == 1)
    }
  }

  @Test func aClosedGroupGetsNothing() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      try await brand.query("update groups set state = 'closed' where id = \(ready.groups[0])")
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(try await brand.deliveries().map(\.state) == [.skipped, .delivered])
      #expect(try await brand.deliveries().map(\.reason) == ["group_closed", nil])
      #expect(await platform.sent.count == 1)
    }
  }

  @Test func aSuspendedBrandSendsNothing() async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch(groups: 2)
      try await brand.query("update settings set state = 'suspended'")
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(try await brand.deliveries().map(\.reason) == ["brand_suspended", "brand_suspended"])
      #expect(await platform.sent.isEmpty)
    }
  }

  @Test func theQuietHoursOfTheBrandSkip() async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch()
      // All of the day but one second that lies half a day away.
      let time = brand.zone.wall(at: .now.addingTimeInterval(43_200)).time
      let end = brand.zone.wall(at: .now.addingTimeInterval(43_199)).time
      try await brand.set(quiet: ("\(time)", "\(end)"))
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(try await brand.deliveries().map(\.reason) == ["quiet_hours"])
      #expect(await platform.sent.isEmpty)
    }
  }

  @Test func theKeyThatLeavesIsTheChannelsOwn() async throws {
    try await withBrand { brand in
      let key = UUID().uuidString
      _ = try await brand.addGroup(through: try await brand.addChannel(key: key))
      let plan = try await brand.approvedPlan([try await brand.addText("你好")], rule: brand.once("12:00"))
      try await brand.makeDue(try await brand.touches(of: plan).map(\.id))
      try await brand.fireAndExpand()
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(await platform.keys == [key])
      #expect(await platform.sent == [.text("你好")])
    }
  }
}
