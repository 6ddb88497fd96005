import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import Community

/// What each answer of a platform leaves in the ledger, the channel, the day's counter and the window.
@Suite struct OutcomeTests {
  /// What is there after the outcome.
  private struct Left: Equatable {
    var state: Delivery.State
    var reason: String?
    var code: Int?
    var attempts = 1
    var counted = 0
    var inWindow = 1
    var isClaimed: Bool
    var isRemembered: Bool
  }

  private func left(_ ready: ReadyTouch, _ brand: BrandFixture) async throws -> Left {
    let delivery = try await brand.deliveries(of: ready.touch)[0]
    let rows = try await brand.query(
      "select claim is not null, rendered_hash is not null from deliveries where id = \(delivery.id)")
    let (isClaimed, isRemembered) = try rows[0].decode(Bool.self, Bool.self)
    #expect((delivery.settledAt != nil) == (delivery.state != .ready))
    return Left(
      state: delivery.state, reason: delivery.reason, code: delivery.platformCode, attempts: delivery.attempts,
      counted: try await brand.coreCount(of: ready.groups[0]), inWindow: try await brand.windowCount(of: ready.channel),
      isClaimed: isClaimed, isRemembered: isRemembered)
  }

  private func expectUntouched(_ channel: ID<Channel>, _ brand: BrandFixture) async throws {
    let channel = try await brand.channel(channel)
    #expect((channel.state, channel.pausedReason, channel.parkedUntil) == (.active, nil, nil))
  }

  @Test(arguments: [
    (DispatchOutcome.accepted, Delivery.State.delivered, nil as String?, nil as Int?, 1),
    (.refused, .failed, "content", 40_008, 0),
    (.silent, .unknown, "no_answer", nil, 1),
  ])
  func anAnswerThatEndsTheDelivery(
    _ outcome: DispatchOutcome, _ state: Delivery.State, _ reason: String?, _ code: Int?, _ counted: Int
  ) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      await platform.answer(outcome)
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(
        try await left(ready, brand)
          == Left(state: state, reason: reason, code: code, counted: counted, isClaimed: true, isRemembered: true))
      try await expectUntouched(ready.channel, brand)
      #expect(await platform.sent.count == 1)
    }
  }

  /// The platform may have counted a slow call as late as its end, so that is where the window has it too.
  @Test(arguments: [false, true]) func aSlowCallIsCountedAtItsEnd(isSlow: Bool) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      let gate = Gate()
      await platform.answer(.accepted, behind: gate)
      let begun = try await brand.beginDelivery()
      var timing = DispatchTiming.generous
      (timing.firstByteDelay, timing.margin) = isSlow ? (.zero, .zero) : (.seconds(60), .zero)
      let dispatching = brand.dispatching(through: ScriptedAdapter(platform: platform), timing)
      async let result = dispatching.dispatch(begun.payload, of: brand.brand, in: begun.attempt)
      try await eventually("the call is under way") { await platform.sent.count == 1 }
      try await Task.sleep(for: .milliseconds(50))
      await gate.open()
      #expect(try await result == .done)
      let rows = try await brand.query(
        """
        select w.claimed[1] > d.claimed_at, cardinality(w.claimed)
        from channel_windows w join deliveries d using (channel_id) where channel_id = \(ready.channel)
        """)
      #expect(try rows[0].decode(Bool.self, Int.self) == (isSlow, 1))
    }
  }

  @Test(arguments: [DispatchOutcome.unreached, .overloaded])
  func nothingSentLetsGoOfTheClaimAndAsksForAnotherAttempt(_ outcome: DispatchOutcome) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      await platform.answer(outcome)
      let begun = try await brand.beginDelivery()
      await #expect(throws: NothingSent.self) {
        try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      }
      // The window keeps the claim: whether the platform counted the call is not known here.
      #expect(try await left(ready, brand) == Left(state: .ready, isClaimed: false, isRemembered: false))
      try await expectUntouched(ready.channel, brand)
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(
        try await left(ready, brand)
          == Left(state: .delivered, attempts: 2, counted: 1, inWindow: 2, isClaimed: true, isRemembered: true))
    }
  }

  @Test func aLimitParksTheChannelAndSnoozes() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      await platform.answer(.limited(for: .seconds(600)))
      let before = Date.now
      let begun = try await brand.beginDelivery()
      let result = try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      guard case .gateShut(let until) = result else {
        Issue.record("no snooze: \(result)")
        return
      }
      #expect(until >= before.addingTimeInterval(600))
      #expect(try await left(ready, brand) == Left(state: .ready, isClaimed: false, isRemembered: false))
      let parked = try #require(try await brand.channel(ready.channel).parkedUntil)
      #expect(parked > before.addingTimeInterval(590))
      #expect(parked < .now.addingTimeInterval(610))
      // Another try before that time costs neither a claim nor a call.
      #expect(
        try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .gateShut(until: parked))
      #expect(try await left(ready, brand) == Left(state: .ready, isClaimed: false, isRemembered: false))
      #expect(await platform.sent.count == 1)
    }
  }

  /// Two dispatches were under way when the limit was hit: the later, shorter word must not open the channel early.
  @Test func aShorterPenaltyDoesNotCutALongerOneShort() async throws {
    try await withBrand { brand in
      let channel = try await brand.addChannel()
      try await brand.work { try await ClaimStore(transaction: $0).park(channel, for: 600) }
      let long = try #require(try await brand.channel(channel).parkedUntil)
      try await brand.work { try await ClaimStore(transaction: $0).park(channel, for: 5) }
      #expect(try await brand.channel(channel).parkedUntil == long)
    }
  }

  @Test func aBrokenAccountPausesTheChannelAndSkipsTheRest() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let platform = ScriptedPlatform()
      await platform.answer(.accepted)
      await platform.answer(.dead)
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      let deliveries = try await brand.deliveries(of: ready.touch)
      #expect(deliveries.map(\.state) == [.delivered, .failed, .skipped])
      #expect(deliveries.map(\.reason) == [nil, "account", "channel_paused"])
      #expect(deliveries[1].platformCode == 93_000)
      let counts = [
        try await brand.coreCount(of: ready.groups[0]), try await brand.coreCount(of: ready.groups[1]),
        try await brand.coreCount(of: ready.groups[2]),
      ]
      #expect(counts == [1, 0, 0])
      #expect(try await brand.windowCount(of: ready.channel) == 2)
      let channel = try await brand.channel(ready.channel)
      #expect((channel.state, channel.version) == (.paused, 2))
      #expect(channel.pausedReason == "93000: so the test says")
    }
  }

  @Test func anOutcomeWrittenTwiceCountsOnce() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      await platform.answer(.refused)
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      // Another core item of the day, so that a counter which falls twice can be seen.
      try await brand.query("update group_days set core = core + 1")
      let rows = try await brand.query("select claim from deliveries")
      let claim = try rows[0].value("claim", as: ID<Claim>.self)
      // As after a commit whose answer was lost: the writer cannot know, and writes again.
      try await brand.work {
        try await ClaimStore(transaction: $0).settle(claim, as: .failed, reason: .test(.content), hash: nil)
      }
      #expect(try await brand.coreCount(of: ready.groups[0]) == 1)
    }
  }

  @Test func whatStandsInTheWayBeforeTheClaimClaimsNothing() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      let untouched = Left(state: .ready, attempts: 0, inWindow: 0, isClaimed: false, isRemembered: false)
      let begun = try await brand.beginDelivery()
      for obstacle in [DispatchOutcome.unreached, .overloaded] {
        await platform.obstruct(obstacle)
        await #expect(throws: NothingSent.self) {
          try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
        }
        #expect(try await left(ready, brand) == untouched)
      }
      await platform.obstruct(.refused)
      await #expect(throws: PermanentFailure.self) {
        try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      }
      #expect(try await left(ready, brand) == untouched)
      await platform.obstruct(.limited(for: .seconds(600)))
      guard case .gateShut = try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) else {
        Issue.record("a parked channel has to wait")
        return
      }
      #expect(try await left(ready, brand) == untouched)
      #expect(try await brand.channel(ready.channel).parkedUntil != nil)
      #expect(await platform.sent.isEmpty)
    }
  }

  @Test func anAccountThatIsBrokenBeforeTheClaimPausesTheChannel() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      let platform = ScriptedPlatform()
      await platform.obstruct(.dead)
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(try await brand.deliveries().map(\.reason) == ["channel_paused", "channel_paused"])
      #expect(try await brand.channel(ready.channel).state == .paused)
      #expect(await platform.sent.isEmpty)
    }
  }

  @Test func aRunThatIsGivenUpSettlesWhatItLeaves() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.accepted)
      await platform.answer(.accepted, behind: gate)
      let adapter = ScriptedAdapter(platform: platform)
      let first = try await brand.beginDelivery()
      let lost = Task { try await brand.dispatch(first, through: adapter) }
      try await eventually("the second send") { await platform.sent.count == 2 }
      let last = try await brand.beginDelivery()
      try await brand.dispatching(through: adapter)
        .abandon(last.payload, of: brand.brand, in: last.attempt, because: "crashed three times")
      let deliveries = try await brand.deliveries(of: ready.touch)
      #expect(deliveries.map(\.state) == [.delivered, .unknown, .failed])
      #expect(deliveries.map(\.reason) == [nil, "given_up", "given_up"])
      await gate.open()
      await #expect(throws: LeaseLost.self) { try await lost.value }
      // What was in the air did arrive, and the ledger says so now.
      #expect(try await brand.deliveries(of: ready.touch).map(\.state) == [.delivered, .delivered, .failed])
      #expect(await platform.sent.count == 2)
    }
  }
}
