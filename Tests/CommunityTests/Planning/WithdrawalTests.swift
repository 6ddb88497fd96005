import Channels
import Identifiers
import JobQueue
import Tenancy
import Testing

@testable import Community

/// What stops a plan, and stops with it what has not left.
enum Stop: String, CaseIterable, CustomTestStringConvertible {
  case pause, withdraw, edit

  var testDescription: String { rawValue }

  func apply(to plan: ID<Plan>, of brand: BrandFixture) async throws {
    let draft = try await brand.plan(plan).draft
    try await brand.work { transaction in
      let approval = PlanApproval(transaction)
      switch self {
      case .pause: try await approval.pause(plan, ifVersion: nil)
      case .withdraw: try await approval.withdraw(plan, ifVersion: nil)
      case .edit: try await approval.edit(plan, draft, ifVersion: nil)
      }
    }
  }
}

@Suite struct WithdrawalTests {
  @Test(arguments: Stop.allCases)
  func plannedTouchesAreWithdrawn(_ stop: Stop) async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await stop.apply(to: plan, of: brand)
      let touches = try await brand.touches(of: plan)
      #expect(!touches.isEmpty)
      #expect(touches.allSatisfy { $0.state == .withdrawn })
      #expect(try await brand.plan(plan).state == (stop == .pause ? .paused : .draft))
      try await brand.makeDue(touches.map(\.id))
      try await brand.fire()
      #expect(try await brand.runs(of: ExpandTouch.self).isEmpty)
    }
  }

  @Test(arguments: Stop.allCases)
  func aTouchThatHasFiredIsNotExpanded(_ stop: Stop) async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup(through: try await brand.addChannel())
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("12:00"))
      let touch = try await brand.touches(of: plan)[0].id
      try await brand.makeDue([touch])
      try await brand.fire()
      try await stop.apply(to: plan, of: brand)
      try await brand.fireAndExpand()
      #expect(try await brand.touch(touch).state == .withdrawn)
      #expect(try await brand.deliveries().isEmpty)
      #expect(try await brand.runs(of: DeliverTouch.self).isEmpty)
    }
  }

  @Test(arguments: Stop.allCases)
  func deliveriesThatAreReadyAreSkippedAtTheClaim(_ stop: Stop) async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      try await stop.apply(to: ready.plan, of: brand)
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(await platform.sent.isEmpty)
      let deliveries = try await brand.deliveries()
      #expect(deliveries.map(\.state) == [.skipped, .skipped])
      #expect(deliveries.map(\.reason) == ["withdrawn", "withdrawn"])
      #expect(try await brand.windowCount(of: ready.channel) == 0)
    }
  }

  /// A new approval is for what lies ahead: it does not bring back what was stopped.
  @Test func aNewApprovalDoesNotReviveReadyDeliveries() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      try await Stop.pause.apply(to: ready.plan, of: brand)
      try await brand.approve(ready.plan)
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(try await brand.deliveries(of: ready.touch).map(\.reason) == ["withdrawn"])
      #expect(await platform.sent.isEmpty)
    }
  }

  /// Stopped between two sends of the same touch.
  @Test func aPauseStopsATouchInTheMiddle() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.accepted, behind: gate)
      let begun = try await brand.beginDelivery()
      async let result = brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      try await eventually("the first send") { await platform.sent.count == 1 }
      try await Stop.pause.apply(to: ready.plan, of: brand)
      await gate.open()
      #expect(try await result == .done)
      #expect(await platform.sent.count == 1)
      #expect(try await brand.deliveries().map(\.state) == [.delivered, .skipped])
    }
  }
}
