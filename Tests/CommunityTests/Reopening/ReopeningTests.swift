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

/// What an opening does to a brand, without a restore.
@Suite struct ReopeningTests {
  @Test func whatIsUnderWayOrUnknownGetsAnotherClaim() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(.silent)
      await platform.answer(.accepted, behind: gate)
      let begun = try await brand.beginDelivery()
      let send = Task { try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) }
      try await eventually("the second send") { await platform.sent.count == 2 }
      #expect(try await brand.deliveries().map(\.state) == [.unknown, .sending, .ready])
      let old = try await claims(brand)

      let report = try await brand.openCell()
      #expect(report.brands.unknown == 3)
      let after = try await brand.deliveries()
      #expect(after.map(\.state) == [.unknown, .unknown, .unknown])
      #expect(after.map(\.reason) == ["no_answer", "database_restored", "database_restored"])
      #expect(after.map(\.attempts) == [2, 2, 1])
      let new = try await claims(brand)
      #expect(new.count == 3 && Set(new).isDisjoint(with: old))

      // Whoever was in the middle of a call settles nothing; its word is kept.
      await gate.open()
      await #expect(throws: LeaseLost.self) { try await send.value }
      #expect(try await brand.deliveries()[1].state == .unknown)
      let kept = try await brand.query(
        "select state, outcome from retired_claims where why = 'database_restored' order by delivery_id")
      let evidence = try kept.map { try $0.decode(String.self, String?.self) }
      #expect(evidence.map(\.0) == ["unknown", "sending"] && evidence.map(\.1) == [nil, "delivered"])
      #expect(try await brand.windowCount(of: ready.channel) == 1_000)
    }
  }

  private func claims(_ brand: BrandFixture) async throws -> [UUID] {
    try await brand.query("select claim from deliveries where claim is not null").map { try $0.decode(UUID.self) }
  }

  /// The platform counts what left in the lost time, though nobody here remembers it.
  @Test func whatMayHaveLeftUsesUpTheMonthsQuota() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      try await brand.query("update channels set monthly_quota = 5")
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("13:00"))
      try await brand.makeDue(try await brand.touches(of: plan).map(\.id))
      // One has left, and was counted when it was claimed.
      let platform = ScriptedPlatform()
      await platform.answer(.silent)
      await platform.answer(.broken(reason: .test(.account)))
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      try await brand.query("update deliveries set state = 'ready', settled_at = null where state = 'failed'")
      #expect(try await brand.channel(ready.channel).quota?.used == 1)
      for _ in 1...2 {
        _ = try await brand.openCell()
        #expect(try await brand.deliveries().map(\.state) == [.unknown, .unknown])
        // The other of the two, and the touch that was missed, to two groups.
        #expect(try await brand.channel(ready.channel).quota?.used == 4)
      }
    }
  }

  /// Whoever sets no quota has nothing counted.
  @Test func whereThereIsNoQuotaNothingIsCounted() async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch(groups: 2)
      _ = try await brand.openCell()
      #expect(try await brand.query("select from quota_months").isEmpty)
    }
  }

  @Test func anOpeningThatWasCutOffGoesOn() async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch(groups: 2)
      let life = CellLife(brand.deployment.owner)
      let span = try await life.beginOpening(provenUntil: nil, lostUntil: nil)
      try await brand.work {
        _ = try await BrandReopening(transaction: $0, span: span, windowLimit: 20).run(by: "测试")
      }
      let before = try await claims(brand)
      #expect(try await life.status().opening == span)
      // It stands by its first span, whatever the second call says.
      let report = try await brand.openCell(provenUntil: .now, lostUntil: .distantPast)
      #expect(report.span == span && report.brands.unknown == 0)
      #expect(try await claims(brand) == before)
      #expect(try await brand.deliveries().map(\.attempts) == [1, 1])
      #expect(try await brand.query("select sum(core) from group_days")[0].decode(Int.self) == 2)
      #expect(try await life.status().isOpen)
    }
  }

  @Test func whereNothingIsLostTheWorkGoesOn() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      let now = Date.now
      let report = try await brand.openCell(provenUntil: now, lostUntil: now)
      #expect(report.brands == BrandReopeningCounts())
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      #expect(try await brand.deliveries(of: ready.touch).allSatisfy { $0.state == .delivered })
    }
  }

  /// What came due after the lost server had stopped cannot have left.
  @Test func whatCameDueLaterGoesOn() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup("甲", through: try await brand.addChannel())
      let plan = try await brand.approvedPlan([try await brand.addText()])
      let touches = try await brand.touches(of: plan).map(\.id)
      try await brand.makeDue([touches[0]], minutesAgo: 20)
      try await brand.makeDue([touches[1]], minutesAgo: 2)
      let stopped = Date(timeIntervalSinceNow: -600)
      _ = try await brand.openCell(provenUntil: stopped - 600, lostUntil: stopped)
      try await brand.fire()
      #expect(try await brand.touch(touches[0]).state == .missed)
      #expect(try await brand.touch(touches[1]).state == .fired)
    }
  }
}
