import Almanac
import Channels
import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// What a month's quota lets through, what is given back, and what people see of it.
@Suite struct QuotaTests {
  private func setQuota(_ quota: Int?, of channel: ID<Channel>, _ brand: BrandFixture) async throws {
    let edit = try await brand.channel(channel).edit
    try await brand.work {
      try await ChannelStore($0).update(
        channel, ChannelEdit(name: edit.name, state: edit.state, monthlyQuota: quota), ifVersion: nil)
    }
  }

  private func used(_ channel: ID<Channel>, _ brand: BrandFixture) async throws -> Int? {
    try await brand.channel(channel).quota?.used
  }

  @Test func whatIsOverTheChannelsQuotaIsSkipped() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      #expect(try await brand.channel(ready.channel).quota == nil)
      try await setQuota(2, of: ready.channel, brand)
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(try await brand.deliveries().map(\.reason) == [nil, nil, "monthly_quota"])
      #expect(await platform.sent.count == 2)
      let month = try Zone("Asia/Shanghai").day(of: .now)
      let text = String("\(month)".prefix(7))
      #expect(
        try await brand.channel(ready.channel).quota
          == QuotaUse(counted: .account, limit: 2, used: 2, month: text))
    }
  }

  @Test func aDispatchOfManyTakesWhatTheAccountHasLeft() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 5)
      try await setQuota(3, of: ready.channel, brand)
      let platform = ScriptedPlatform()
      let adapter = ScriptedAdapter(destinationsPerDispatch: 100, platform: platform)
      #expect(try await brand.dispatch(try await brand.beginDelivery(), through: adapter) == .done)
      #expect(await platform.destinations.map(\.count) == [3])
      #expect(try await brand.deliveries().map(\.reason) == [nil, nil, nil, "monthly_quota", "monthly_quota"])
      #expect(try await used(ready.channel, brand) == 3)
    }
  }

  @Test func aQuotaByDestinationCountsEachGroupByItself() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      try await brand.query(
        """
        insert into quota_months (kind, subject, month, used)
        select 'wecom_robot', \(ready.groups[1]), date_trunc('month', now() at time zone 'Asia/Shanghai')::date, 4
        """)
      let platform = ScriptedPlatform()
      let adapter = ScriptedAdapter(
        quota: ChannelQuota(counted: .destination, limit: .fixed(4)), destinationsPerDispatch: 100, platform: platform)
      #expect(try await brand.dispatch(try await brand.beginDelivery(), through: adapter) == .done)
      #expect(try await brand.deliveries().map(\.reason) == [nil, "monthly_quota", nil])
      // The group that has had most is shown.
      try await setQuota(9, of: ready.channel, brand)
      #expect(try await used(ready.channel, brand) == 4)
    }
  }

  /// One for each day of the month, by the database's calendar; another month's use does not count.
  @Test(arguments: [0, 1]) func asManyAsTheMonthHasDays(_ left: Int) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let days = try #require(
        Calendar.shanghai.range(of: .day, in: .month, for: .now)?.count)
      for (months, used) in [(0, days - left), (1, 1_000)] {
        try await brand.query(
          """
          insert into quota_months (kind, subject, month, used)
          select 'wecom_robot', \(ready.groups[0]),
            date_trunc('month', now() at time zone 'Asia/Shanghai')::date - \(months) * interval '1 month', \(used)
          """)
      }
      let platform = ScriptedPlatform()
      let adapter = ScriptedAdapter(
        quota: ChannelQuota(counted: .destination, limit: .daysOfMonth), platform: platform)
      #expect(try await brand.dispatch(try await brand.beginDelivery(), through: adapter) == .done)
      #expect(await platform.sent.count == left)
    }
  }

  @Test(arguments: [
    (DispatchOutcome.accepted, 1), (.silent, 1), (.refused, 0), (.dead, 0), (.unreached, 0), (.overloaded, 0),
    (.limited(for: .seconds(600)), 0),
  ])
  func whatThePlatformProvablyDidNotTakeIsGivenBack(_ outcome: DispatchOutcome, _ kept: Int) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      try await setQuota(5, of: ready.channel, brand)
      let platform = ScriptedPlatform()
      await platform.answer(outcome)
      let begun = try await brand.beginDelivery()
      _ = try? await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      #expect(await platform.sent.count == 1)
      #expect(try await used(ready.channel, brand) == kept)
    }
  }

  @Test func anAnswerForEachGivesBackWhatWasRefused() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      try await setQuota(5, of: ready.channel, brand)
      let platform = ScriptedPlatform()
      await platform.answer { destinations in
        .divided([destinations[0].id: .confirmed, destinations[1].id: .rejected(reason: .test(.content))])
      }
      let adapter = ScriptedAdapter(destinationsPerDispatch: 100, platform: platform)
      #expect(try await brand.dispatch(try await brand.beginDelivery(), through: adapter) == .done)
      #expect(try await used(ready.channel, brand) == 2)
    }
  }

  /// Two channels claim for one group at the same moment, both have read that one message of the month is left, and the
  /// counter's lock decides.
  @Test func theQuotaOfAGroupHoldsBetweenTwoChannels() async throws {
    try await withBrand { brand in
      let channels = [try await brand.addChannel("甲"), try await brand.addChannel("乙")]
      let group = try await brand.addGroup()
      for (number, channel) in channels.enumerated() {
        try await brand.query("update groups set channel_id = \(channel) where id = \(group)")
        let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("1\(number):00"))
        try await brand.makeDue(try await brand.touches(of: plan).map(\.id))
        try await brand.fireAndExpand()
      }
      let platform = ScriptedPlatform()
      let adapter = ScriptedAdapter(quota: ChannelQuota(counted: .destination, limit: .fixed(1)), platform: platform)
      try await brand.query(
        """
        insert into quota_months (kind, subject, month)
        select 'wecom_robot', \(group), date_trunc('month', now() at time zone 'Asia/Shanghai')::date
        """)
      let (holding, release) = (Gate(), Gate())
      let holder = Task {
        try await brand.work { transaction in
          try await transaction.query("select from quota_months for update")
          await holding.open()
          await release.pass()
        }
      }
      await holding.pass()
      try await withThrowingTaskGroup { tasks in
        for run in try await brand.runs(of: DeliverTouch.self) {
          let begun = try await brand.begin(run.id, as: DeliverTouch.self)
          tasks.addTask { _ = try await brand.dispatch(begun, through: adapter) }
        }
        try await eventually("both wait") { try await brand.lockWaiters() == 2 }
        await release.open()
        try await holder.value
        try await tasks.waitForAll()
      }
      #expect(try await Set(brand.deliveries().map(\.reason)) == [nil, "monthly_quota"])
      #expect(await platform.sent.count == 1)
    }
  }

  @Test func aQuotaIsSetAndTakenAway() async throws {
    try await withBrand { brand in
      let channel = try await brand.addChannel()
      try await setQuota(300, of: channel, brand)
      let shown = try await brand.channel(channel)
      #expect((shown.monthlyQuota, shown.quota?.limit, shown.quota?.used, shown.version) == (300, 300, 0, 2))
      try await setQuota(nil, of: channel, brand)
      #expect(try await brand.channel(channel).quota == nil)
      await #expect(
        throws: InvalidInput("/monthly_quota", .outOfRange, limit: "0–1000000", actual: "-1")
      ) { try await setQuota(-1, of: channel, brand) }
    }
  }

  @Test func aChannelsOwnNumberTakesThePlaceOfThePlatforms() {
    let byDays = ChannelQuota(counted: .destination, limit: .daysOfMonth)
    #expect([28, 31].map { byDays.limit(own: nil, days: $0) } == [28, 31])
    #expect(byDays.limit(own: 4, days: 31) == 4)
    #expect(ChannelQuota(counted: .account, limit: .fixed(7)).limit(own: nil, days: 31) == 7)
    #expect(ChannelKind.weComRobot.quota.limit(own: nil, days: 31) == nil)
  }
}

extension Calendar {
  fileprivate static var shanghai: Calendar {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
    return calendar
  }
}
