import Channels
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// Attempts that end without a word, or live on after they were given up.
@Suite struct LostAttemptTests {
  /// An attempt that hangs in its call, and a second one that has gone through since.
  private struct Overtaken {
    let ready: ReadyTouch
    let platform = ScriptedPlatform()
    let gate = Gate()
    let first: Task<JobResult, any Error>

    init(_ brand: BrandFixture, late outcome: DispatchOutcome) async throws {
      ready = try await brand.readyTouch()
      let (platform, gate) = (platform, gate)
      await platform.answer(outcome, behind: gate)
      let begun = try await brand.beginDelivery()
      first = Task { try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) }
      try await eventually("the send") { await platform.sent.count == 1 }
      let second = try await brand.beginDelivery()
      #expect(second.run.epoch == 2)
      #expect(try await brand.dispatch(second, through: ScriptedAdapter(platform: platform)) == .done)
      try await brand.finish(.done(second.run))
    }

    func state(_ brand: BrandFixture) async throws -> Delivery.State {
      try await brand.deliveries(of: ready.touch)[0].state
    }
  }

  @Test func whatACrashLeavesBehindIsUnknownAndNeverSentAgain() async throws {
    try await withBrand { brand in
      let lost = try await Overtaken(brand, late: .accepted)
      let delivery = try await brand.deliveries(of: lost.ready.touch)[0]
      #expect((delivery.state, delivery.reason) == (.unknown, "worker_lost"))
      #expect(await lost.platform.sent.count == 1)
      // It may have arrived, so the day's counter keeps it.
      #expect(try await brand.coreCount(of: lost.ready.groups[0]) == 1)
      await lost.gate.open()
      _ = await lost.first.result
    }
  }

  @Test func aLateConfirmationSettlesTheUnknown() async throws {
    try await withBrand { brand in
      let lost = try await Overtaken(brand, late: .accepted)
      await lost.gate.open()
      await #expect(throws: LeaseLost.self) { try await lost.first.value }
      let delivery = try await brand.deliveries(of: lost.ready.touch)[0]
      #expect((delivery.state, delivery.reason) == (.delivered, nil))
      #expect(await lost.platform.sent.count == 1)
    }
  }

  @Test func aLateRefusalSettlesTheUnknownAndGivesTheCountBack() async throws {
    try await withBrand { brand in
      let lost = try await Overtaken(brand, late: .refused)
      await lost.gate.open()
      await #expect(throws: LeaseLost.self) { try await lost.first.value }
      #expect(try await lost.state(brand) == .failed)
      #expect(try await brand.coreCount(of: lost.ready.groups[0]) == 0)
    }
  }

  /// The run has ended meanwhile: what turns out not to have been sent must not be ready without anybody to send it.
  @Test func whatTurnsOutNotToHaveBeenSentIsSentAfterAll() async throws {
    try await withBrand { brand in
      let lost = try await Overtaken(brand, late: .unreached)
      await lost.gate.open()
      await #expect(throws: NothingSent.self) { try await lost.first.value }
      #expect(try await lost.state(brand) == .ready)
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: lost.platform)) == .done)
      #expect(try await lost.state(brand) == .delivered)
      #expect(await lost.platform.sent.count == 2)
      #expect(try await brand.coreCount(of: lost.ready.groups[0]) == 1)
    }
  }

  @Test func whatAPersonHasDecidedNoLateWordChanges() async throws {
    try await withBrand { brand in
      for outcome in [DispatchOutcome.refused, .unreached] {
        let lost = try await Overtaken(brand, late: outcome)
        let delivery = try await brand.deliveries(of: lost.ready.touch)[0]
        try await brand.work { try await DeliveryStore($0).resolve(delivery.id, arrived: true, by: "小王") }
        await lost.gate.open()
        _ = await lost.first.result
        #expect(try await lost.state(brand) == .delivered)
        #expect(try await brand.coreCount(of: lost.ready.groups[0]) == 1)
        #expect(try await brand.runs(of: DeliverTouch.self).isEmpty)
        try await brand.query("update groups set state = 'closed'")
      }
    }
  }

  /// A run that was given up stays so: a late word only says what became of its delivery.
  @Test func aLateWordDoesNotReviveWhatWasGivenUp() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.unreached, behind: gate)
      let adapter = ScriptedAdapter(platform: platform)
      let begun = try await brand.beginDelivery()
      let first = Task { try await brand.dispatch(begun, through: adapter) }
      try await eventually("the send") { await platform.sent.count == 1 }
      let last = try await brand.beginDelivery()
      try await brand.dispatching(through: adapter)
        .abandon(last.payload, of: brand.brand, in: last.attempt, because: "crashed three times")
      try await brand.finish(.dead(last.run, because: "crashed three times"))
      await gate.open()
      _ = await first.result
      let delivery = try await brand.deliveries(of: ready.touch)[0]
      #expect((delivery.state, delivery.reason) == (.failed, "given_up"))
      #expect(try await brand.runs(of: DeliverTouch.self).isEmpty)
      #expect(try await brand.coreCount(of: ready.groups[0]) == 0)
    }
  }

  @Test func anUnknownIsNotSentAgainByAnotherAttemptOrRun() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      await platform.answer(.silent)
      for _ in 0..<3 {
        let begun = try await brand.beginDelivery()
        #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      }
      let work = DeliverTouch(
        touch: ready.touch, channel: ready.channel, plan: try await brand.touch(ready.touch).planID)
      try await brand.work { try await $0.enqueue([try NewRun(work)], telling: brand.deployment.index) }
      for run in try await brand.runs(of: DeliverTouch.self) {
        let begun = try await brand.begin(run.id, as: DeliverTouch.self)
        #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      }
      let delivery = try await brand.deliveries()[0]
      #expect((delivery.state, delivery.reason, delivery.attempts) == (.unknown, "no_answer", 1))
      #expect(await platform.sent.count == 1)
    }
  }

  @Test func aLostLeaseBeforeTheCallSendsNothing() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      begun.lease.lose()
      await #expect(throws: LeaseLost.self) {
        try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      }
      #expect(await platform.sent.isEmpty)
      let rows = try await brand.query("select state, claim is null from deliveries")
      #expect(try rows[0].decode(String.self, Bool.self) == ("ready", true))
      #expect(try await brand.coreCount(of: ready.groups[0]) == 0)
      let next = try await brand.beginDelivery()
      #expect(try await brand.dispatch(next, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(try await brand.deliveries().map(\.state) == [.delivered])
      #expect(await platform.sent.count == 1)
    }
  }
}
