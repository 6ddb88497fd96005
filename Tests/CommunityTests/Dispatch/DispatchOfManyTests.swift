import Almanac
import Channels
import Foundation
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// One call that carries many deliveries: one claim, one place in the window, an outcome for all or for each.
@Suite struct DispatchOfManyTests {
  private func adapter(_ platform: ScriptedPlatform, takes count: Int = 100) -> ScriptedAdapter {
    ScriptedAdapter(destinationsPerDispatch: count, platform: platform)
  }

  private func states(_ brand: BrandFixture) async throws -> [Delivery.State] {
    try await brand.deliveries().map(\.state)
  }

  private func counts(_ ready: ReadyTouch, _ brand: BrandFixture) async throws -> [Int] {
    var counts: [Int] = []
    for group in ready.groups { counts.append(try await brand.coreCount(of: group)) }
    return counts
  }

  @Test func theClaimOfAllIsCommittedBeforeTheOneCall() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 5)
      try await brand.query("update groups set external_id = 'chat of ' || name")
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.accepted, behind: gate)
      let begun = try await brand.beginDelivery()
      async let result = brand.dispatch(begun, through: adapter(platform))
      try await eventually("the send") { await platform.sent.count == 1 }
      let rows = try await brand.query(
        "select count(*), count(distinct claim), count(distinct claimed_at) from deliveries where state = 'sending'")
      #expect(try rows[0].decode(Int.self, Int.self, Int.self) == (5, 1, 1))
      #expect(try await brand.windowCount(of: ready.channel) == 1)
      await gate.open()
      #expect(try await result == .done)
      #expect(try await states(brand) == Array(repeating: .delivered, count: 5))
      let named = await platform.destinations
      #expect(try await named.map { $0.map(\.id) } == [brand.deliveries().map(\.id.uuid)])
      #expect(Set(named[0].map(\.externalID)) == Set((0..<5).map { "chat of \($0)群" }))
    }
  }

  @Test func aCallCarriesNoMoreThanThePlatformTakes() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 8)
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: adapter(platform, takes: 3)) == .done)
      #expect(await platform.destinations.map(\.count) == [3, 3, 2])
      #expect(await Set(platform.destinations.joined().map(\.id)).count == 8)
      #expect(try await brand.windowCount(of: ready.channel) == 3)
    }
  }

  @Test func eachDeliveryPassesItsOwnGuards() async throws {
    try await withBrand { brand in
      try await brand.set(cap: 1)
      let ready = try await brand.readyTouch(groups: 4)
      try await brand.query("update groups set state = 'closed' where id = \(ready.groups[1])")
      try await brand.query(
        """
        insert into group_days (group_id, day, core)
        values (\(ready.groups[2]), (clock_timestamp() at time zone \(brand.zone.identifier))::date, 1)
        """)
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: adapter(platform)) == .done)
      #expect(try await brand.deliveries().map(\.reason) == [nil, "group_closed", "daily_cap", nil])
      #expect(await platform.destinations.map(\.count) == [2])
      #expect(try await counts(ready, brand) == [1, 0, 1, 1])
    }
  }

  @Test(arguments: [
    (DispatchOutcome.refused, Delivery.State.failed, 0), (.silent, .unknown, 1), (.accepted, .delivered, 1),
  ])
  func anOutcomeOfTheCallIsThatOfAll(_ outcome: DispatchOutcome, _ state: Delivery.State, _ counted: Int) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let platform = ScriptedPlatform()
      await platform.answer(outcome)
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: adapter(platform)) == .done)
      #expect(try await states(brand) == [state, state, state])
      #expect(try await counts(ready, brand) == [counted, counted, counted])
      #expect(await platform.sent.count == 1)
    }
  }

  @Test func whatProvablyDidNotLeaveIsAllReadyAgain() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let platform = ScriptedPlatform()
      await platform.answer(.unreached)
      await platform.answer(.limited(for: .seconds(600)))
      let begun = try await brand.beginDelivery()
      await #expect(throws: NothingSent.self) { try await brand.dispatch(begun, through: adapter(platform)) }
      #expect(try await states(brand) == [.ready, .ready, .ready])
      #expect(try await counts(ready, brand) == [0, 0, 0])
      guard case .gateShut = try await brand.dispatch(begun, through: adapter(platform)) else {
        Issue.record("a parked channel has to wait")
        return
      }
      #expect(try await states(brand) == [.ready, .ready, .ready])
      #expect(try await counts(ready, brand) == [0, 0, 0])
      #expect(try await brand.channel(ready.channel).parkedUntil != nil)
    }
  }

  @Test func anAnswerForEachSettlesEach() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let platform = ScriptedPlatform()
      await platform.answer { destinations in
        .divided([
          destinations[0].id: .confirmed, destinations[1].id: .rejected(reason: .test(.content, code: 40_096)),
        ])
      }
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: adapter(platform)) == .done)
      #expect(try await states(brand) == [.delivered, .failed, .unknown])
      #expect(try await brand.deliveries().map(\.reason) == [nil, "content", "not_named"])
      #expect(try await brand.deliveries().map(\.platformCode) == [nil, 40_096, nil])
      // What is unknown may have arrived, so its group's day keeps it.
      #expect(try await counts(ready, brand) == [1, 0, 1])
      let rows = try await brand.query("select count(*) from deliveries where rendered_hash is not null")
      #expect(try rows[0].decode(Int.self) == 3)
    }
  }

  @Test func aBrokenAccountFailsAllAndPausesTheChannel() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let platform = ScriptedPlatform()
      await platform.answer(.dead)
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: adapter(platform, takes: 2)) == .done)
      #expect(try await brand.deliveries().map(\.reason) == ["account", "account", "channel_paused"])
      #expect(try await counts(ready, brand) == [0, 0, 0])
    }
  }

  /// A crash makes all unknown; the late word then settles those that it names, but none that a person has decided.
  @Test func aLateWordForEachSettlesWhatIsStillUnknown() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 4)
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer { destinations in
        await gate.pass()
        return .divided([
          destinations[0].id: .confirmed, destinations[1].id: .rejected(reason: .test(.content)),
          destinations[2].id: .rejected(reason: .test(.content)),
        ])
      }
      let adapter = adapter(platform)
      let begun = try await brand.beginDelivery()
      let first = Task { try await brand.dispatch(begun, through: adapter) }
      try await eventually("the send") { await platform.sent.count == 1 }
      let second = try await brand.beginDelivery()
      #expect(try await brand.dispatch(second, through: adapter) == .done)
      #expect(try await brand.deliveries().map(\.reason) == Array(repeating: "worker_lost", count: 4))
      let decided = try await brand.deliveries()[2].id
      try await brand.work { try await DeliveryStore($0).resolve(decided, arrived: true, by: "小王") }
      await gate.open()
      await #expect(throws: LeaseLost.self) { try await first.value }
      #expect(try await states(brand) == [.delivered, .failed, .delivered, .unknown])
      #expect(try await counts(ready, brand) == [1, 0, 1, 1])
      #expect(await platform.sent.count == 1)
    }
  }
}
