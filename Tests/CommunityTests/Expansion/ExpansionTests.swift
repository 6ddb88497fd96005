import Identifiers
import JobQueue
import Postgres
import TestSupport
import Testing

@testable import Community

@Suite struct ExpansionTests {
  /// A touch that has fired, for groups of two robots and for one that a person serves.
  private struct Scene {
    let touch: ID<Touch>
    let channels: [ID<Channel>]
    let served: [ID<Group>: ID<Channel>]
    let byHand: ID<Group>
    let run: ID<Run>

    init(_ brand: BrandFixture) async throws {
      channels = [try await brand.addChannel("甲"), try await brand.addChannel("乙")]
      var served: [ID<Group>: ID<Channel>] = [:]
      for number in 0..<5 {
        let channel = channels[number % 2]
        served[try await brand.addGroup("\(number)群", through: channel)] = channel
      }
      self.served = served
      byHand = try await brand.addGroup("人工群")
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("12:00"))
      touch = try await brand.touches(of: plan)[0].id
      try await brand.makeDue([touch])
      try await brand.fire()
      run = try await brand.runs(of: ExpandTouch.self)[0].id
    }
  }

  private func expectOnce(_ scene: Scene, _ brand: BrandFixture) async throws {
    let deliveries = try await brand.deliveries(of: scene.touch)
    #expect(deliveries.count == 6)
    for delivery in deliveries where delivery.groupID != scene.byHand {
      #expect(delivery.state == .ready)
      #expect(delivery.channelID == scene.served[delivery.groupID])
    }
    let byHand = deliveries.first { $0.groupID == scene.byHand }
    #expect(byHand?.state == .skipped)
    #expect(byHand?.reason == SkipReason.noChannel.rawValue)
    #expect(byHand?.channelID == nil)
    let runs = try await brand.runs(of: DeliverTouch.self)
    #expect(runs.map(\.payload.channel).sorted() == scene.channels.sorted())
    #expect(runs.allSatisfy { $0.payload.touch == scene.touch })
    #expect(try await brand.touch(scene.touch).state == .expanded)
  }

  @Test func aTouchHasOneDeliveryForEachGroupAndOneRunForEachChannel() async throws {
    try await withBrand { brand in
      let scene = try await Scene(brand)
      try await brand.expand(try await brand.begin(scene.run, as: ExpandTouch.self))
      try await expectOnce(scene, brand)
    }
  }

  @Test func expandingAgainAddsNothing() async throws {
    try await withBrand { brand in
      let scene = try await Scene(brand)
      for _ in 0..<3 { try await brand.expand(try await brand.begin(scene.run, as: ExpandTouch.self)) }
      try await expectOnce(scene, brand)
      // Even when the first attempt's word that it is done was lost.
      try await brand.query("update touches set state = 'fired' where id = \(scene.touch)")
      try await brand.expand(try await brand.begin(scene.run, as: ExpandTouch.self))
      try await expectOnce(scene, brand)
    }
  }

  @Test func anAttemptThatWasOvertakenChangesNothing() async throws {
    try await withBrand { brand in
      let scene = try await Scene(brand)
      let overtaken = try await brand.begin(scene.run, as: ExpandTouch.self)
      let current = try await brand.begin(scene.run, as: ExpandTouch.self)
      let error = await #expect(throws: PostgresError.self) { try await brand.expand(overtaken) }
      #expect(error?.isOvertaken == true)
      #expect(try await brand.deliveries().isEmpty)
      #expect(try await brand.touch(scene.touch).state == .fired)
      try await brand.expand(current)
      try await expectOnce(scene, brand)
    }
  }

  @Test func attemptsAtOnceAreAsGoodAsOne() async throws {
    try await withBrand { brand in
      let scene = try await Scene(brand)
      let begun = try await brand.begin(scene.run, as: ExpandTouch.self)
      try await withThrowingTaskGroup { group in
        for _ in 0..<4 { group.addTask { try await brand.expand(begun) } }
        try await group.waitForAll()
      }
      try await expectOnce(scene, brand)
    }
  }

  @Test func aRunOfAnotherBrandIsNoFenceOfThisOne() async throws {
    try await withBrand { brand in
      let scene = try await Scene(brand)
      let stranger = try await brand.deployment.makeBrand()
      let begun = try await brand.begin(scene.run, as: ExpandTouch.self)
      let expansion = Expansion(brand.tenancy, index: brand.deployment.index)
      let error = await #expect(throws: PostgresError.self) {
        try await expansion.expand(scene.touch, of: stranger, in: begun.attempt)
      }
      #expect(error?.isOvertaken == true)
    }
  }
}
