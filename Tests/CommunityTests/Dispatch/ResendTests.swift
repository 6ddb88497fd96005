import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// A person's order to send again what is unknown or failed.
@Suite struct ResendTests {
  /// A delivery whose first attempt had an outcome.
  private struct Tried {
    let ready: ReadyTouch
    let platform = ScriptedPlatform()

    init(_ brand: BrandFixture, _ outcome: DispatchOutcome, groups: Int = 1) async throws {
      ready = try await brand.readyTouch(groups: groups)
      await platform.answer(outcome)
      try await attempt(brand)
    }

    func attempt(_ brand: BrandFixture) async throws {
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      try await brand.finish(.done(begun.run))
    }

    func delivery(_ brand: BrandFixture) async throws -> Delivery { try await brand.deliveries(of: ready.touch)[0] }
  }

  @Test func anOrderSendsOnceMoreAndNoMore() async throws {
    try await withBrand { brand in
      let tried = try await Tried(brand, .silent)
      let before = try await tried.delivery(brand)
      #expect(before.state == .unknown)
      try await brand.resend(before.id, ResendOrder(attempts: 1, acceptsDuplicate: true))
      #expect(try await tried.delivery(brand).state == .ready)
      try await tried.attempt(brand)
      let after = try await tried.delivery(brand)
      #expect((after.state, after.attempts) == (.delivered, 2))
      #expect(try await brand.runs(of: DeliverTouch.self).isEmpty)

      let mark = Mark(touch: after.touchID, group: after.groupID)
      let arrivals = await tried.platform.keys.map { Arrival(mark: mark, account: $0, at: .now, isAccepted: true) }
      #expect(arrivals.count == 2)
      let rate = ChannelRate(limit: 1_000, per: .seconds(1))
      var judge = Judge(expected: [mark], core: [], cap: 50, rate: rate, faults: 0)
      #expect(judge.findings([after], arrivals) == [.doubled(mark)])
      let retired = try await DeliveryStore(brand.reader).retiredClaims(of: after.id)
      judge.authorised = [mark: retired.count { $0.why == .resend }]
      #expect(judge.findings([after], arrivals) == [])
      #expect(retired.map(\.byWhom) == ["测试"] && retired.map(\.state) == [.unknown])
      let acts = try await brand.deployment.owner.read("select act, by_whom, brand_id from ops.audit")
      #expect(try acts.map { try $0.decode(String.self, String.self, ID<Tenant>.self) }.map(\.2) == [brand.tenant])
    }
  }

  @Test func twoClicksAreOneOrder() async throws {
    try await withBrand { brand in
      let tried = try await Tried(brand, .silent)
      let id = try await tried.delivery(brand).id
      let order = ResendOrder(attempts: 1, acceptsDuplicate: true)
      let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<6 {
          group.addTask {
            do {
              try await brand.resend(id, order)
              return true
            } catch is WrongState {
              return false
            }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(taken == 1)
      #expect(try await brand.runs(of: DeliverTouch.self).count == 1)
      // What is unknown anew is another question than the one that was answered.
      await tried.platform.answer(.silent)
      try await tried.attempt(brand)
      #expect(try await tried.delivery(brand).state == .unknown)
      await #expect(throws: WrongState.self) { try await brand.resend(id, order) }
      try await brand.resend(id, ResendOrder(attempts: 2, acceptsDuplicate: true))
    }
  }

  @Test func onlyWhatIsUnknownOrFailedIsSentAgain() async throws {
    try await withBrand { brand in
      let tried = try await Tried(brand, .accepted)
      let id = try await tried.delivery(brand).id
      for state in Delivery.State.allCases {
        try await brand.query("update deliveries set state = \(state.rawValue)")
        let order = ResendOrder(attempts: 1, acceptsDuplicate: true)
        if [.unknown, .failed].contains(state) {
          try await brand.resend(id, order)
        } else {
          await #expect(throws: WrongState.self, "\(state)") { try await brand.resend(id, order) }
        }
      }
      await #expect(throws: NotFound.self) { try await brand.resend(ID(), ResendOrder(attempts: 1)) }
    }
  }

  @Test func theRiskHasToBeAccepted() async throws {
    try await withBrand { brand in
      let tried = try await Tried(brand, .silent)
      let id = try await tried.delivery(brand).id
      func refusal(_ order: ResendOrder) async throws -> [String] {
        do {
          try await brand.resend(id, order)
          return []
        } catch let error as InvalidInput {
          return error.problems.map(\.field)
        }
      }
      #expect(try await refusal(ResendOrder(attempts: 1)) == ["/accepts_duplicate"])
      try await brand.makeDue([tried.ready.touch], minutesAgo: 61)
      #expect(try await refusal(ResendOrder(attempts: 1, acceptsDuplicate: true)) == ["/past_grace"])
      #expect(try await tried.delivery(brand).state == .unknown)
      #expect(try await refusal(ResendOrder(attempts: 1, acceptsDuplicate: true, pastGrace: true)) == [])
      try await tried.attempt(brand)
      #expect(try await tried.delivery(brand).state == .delivered)
      #expect(await tried.platform.sent.count == 2)
    }
  }

  /// The old attempt hears its answer after the order: it settles nothing, and is not lost.
  @Test(arguments: [("accepted", "delivered"), ("refused", "failed"), ("unreached", "not_sent")])
  func aLateWordOfTheOldAttemptIsKept(_ word: String, _ outcome: String) async throws {
    let answer: DispatchOutcome =
      ["accepted": .accepted, "refused": .refused, "unreached": .unreached][word] ?? .silent
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(answer, behind: gate)
      let old = try await brand.beginDelivery()
      let first = Task { try await brand.dispatch(old, through: ScriptedAdapter(platform: platform)) }
      try await eventually("the send") { await platform.sent.count == 1 }
      let second = try await brand.beginDelivery()
      #expect(try await brand.dispatch(second, through: ScriptedAdapter(platform: platform)) == .done)
      try await brand.finish(.done(second.run))
      let id = try await brand.deliveries(of: ready.touch)[0].id
      try await brand.resend(id, ResendOrder(attempts: 1, acceptsDuplicate: true))

      await gate.open()
      _ = await first.result
      #expect(try await brand.deliveries(of: ready.touch)[0].state == .ready)
      #expect(try await DeliveryStore(brand.reader).retiredClaims(of: id).map(\.outcome) == [outcome])
      let third = try await brand.beginDelivery()
      #expect(try await brand.dispatch(third, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(try await brand.deliveries(of: ready.touch)[0].state == .delivered)
      #expect(await platform.sent.count == 2)
    }
  }

  /// A resend that comes to nothing does not make it known that the send before came to nothing.
  @Test func whatIsHeldBackAfterAnOrderStaysUnknown() async throws {
    try await withBrand { brand in
      let tried = try await Tried(brand, .silent)
      let id = try await tried.delivery(brand).id
      try await brand.resend(id, ResendOrder(attempts: 1, acceptsDuplicate: true))
      try await brand.query("update channels set state = 'paused'")
      try await tried.attempt(brand)
      #expect(try await tried.delivery(brand).state == .unknown)
      #expect(try await tried.delivery(brand).reason == "resend_held")

      try await brand.query("update channels set state = 'active'")
      try await brand.resend(id, ResendOrder(attempts: 1, acceptsDuplicate: true))
      await tried.platform.answer(.refused)
      try await tried.attempt(brand)
      #expect(try await tried.delivery(brand).state == .unknown)
    }
  }

  /// Control of the above: where the first is known to have failed, so is the second.
  @Test func whatFailedTwiceHasFailed() async throws {
    try await withBrand { brand in
      let other = try await Tried(brand, .refused)
      try await brand.resend(try await other.delivery(brand).id, ResendOrder(attempts: 1))
      await other.platform.answer(.refused)
      try await other.attempt(brand)
      #expect(try await other.delivery(brand).state == .failed)
    }
  }

  @Test func theSendsOfARetiredAttemptCannotBeClaimedByAnybodyElse() async throws {
    try await withBrand { brand in
      let tried = try await Tried(brand, .silent)
      let id = try await tried.delivery(brand).id
      let rows = try await brand.query("select claim from deliveries")
      let claim = ID<Claim>(try rows[0].decode(UUID.self))
      try await brand.resend(id, ResendOrder(attempts: 1, acceptsDuplicate: true))
      let next = try await brand.beginDelivery()
      let gate = Gate()
      await tried.platform.answer(.accepted, behind: gate)
      let send = Task { try await brand.dispatch(next, through: ScriptedAdapter(platform: tried.platform)) }
      try await eventually("the second send") { await tried.platform.sent.count == 2 }
      // The old claim's holder lets go, and says that it failed: the send that is under way is another one.
      try await brand.work {
        let store = ClaimStore(transaction: $0)
        _ = try await store.release(claim)
        try await store.settle(claim, as: .failed, reason: nil, hash: nil)
      }
      #expect(try await tried.delivery(brand).state == .sending)
      await gate.open()
      #expect(try await send.value == .done)
      #expect(try await tried.delivery(brand).state == .delivered)
    }
  }
}

extension BrandFixture {
  func resend(_ delivery: ID<Delivery>, _ order: ResendOrder) async throws {
    try await work { try await Resending($0, index: deployment.index).resend(delivery, order, by: "测试") }
  }
}
