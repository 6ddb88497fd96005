import Almanac
import Foundation
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import Tenancy

/// Planning again changes only what differs.
@Suite struct ReplanningTests {
  @Test func anApprovalPlansFourteenDays() async throws {
    try await withBrand(zone: "Asia/Shanghai") { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.daily(["09:30"]))
      let touches = try await brand.touches(of: plan)
      let tomorrow = brand.today.advanced(by: 1)
      // The fourteenth day is there once its time of day has come within reach.
      #expect((13...14).contains(touches.count))
      #expect(touches.map(\.wall) == touches.indices.map { "\(tomorrow.advanced(by: $0))T09:30" })
      #expect(touches.allSatisfy { $0.state == .planned && $0.version == 2 && $0.zone == "Asia/Shanghai" })
      #expect(touches.allSatisfy { $0.dueAt.timeIntervalSinceNow < TouchPlanning.horizon })
    }
  }

  @Test func anEditKeepsWhatIsTheSameAndWithdrawsTheRest() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let content = try await brand.addText()
      let plan = try await brand.approvedPlan([content], rule: brand.daily(["09:30", "15:00"]))
      let before = try await brand.touches(of: plan)
      let edit = try brand.planDraft([content], rule: brand.daily(["15:00", "18:00"]))
      try await brand.work { try await PlanApproval($0).edit(plan, edit, ifVersion: 2) }
      #expect(try await brand.touches(of: plan).allSatisfy { $0.state == .withdrawn })

      try await brand.approve(plan)
      let after = try await brand.touches(of: plan)
      let identities = Dictionary(uniqueKeysWithValues: before.map { ($0.occurrence, $0.id) })
      let kept = after.filter { $0.occurrence.hasSuffix("15:00") }
      #expect(!kept.isEmpty)
      #expect(kept.allSatisfy { $0.id == identities[$0.occurrence] && $0.state == .planned && $0.version == 4 })
      let gone = after.filter { $0.occurrence.hasSuffix("09:30") }
      #expect(!gone.isEmpty)
      #expect(gone.allSatisfy { $0.id == identities[$0.occurrence] && $0.state == .withdrawn && $0.version == 2 })
      let new = after.filter { $0.occurrence.hasSuffix("18:00") }
      #expect(!new.isEmpty)
      #expect(new.allSatisfy { identities[$0.occurrence] == nil && $0.state == .planned && $0.version == 4 })
    }
  }

  @Test func whatHasFiredStaysAsItWas() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let content = try await brand.addText()
      let plan = try await brand.approvedPlan([content])
      let first = try await brand.touches(of: plan)[0]
      try await brand.makeDue([first.id])
      try await brand.fire()
      let fired = try await brand.touch(first.id)
      #expect(fired.state == .fired)

      let edit = try brand.planDraft([try await brand.addText("晚上好")])
      try await brand.work { try await PlanApproval($0).edit(plan, edit, ifVersion: nil) }
      try await brand.approve(plan)
      #expect(try await brand.touch(first.id) == fired)
      let others = try await brand.touches(of: plan).filter { $0.id != first.id }
      #expect(others.allSatisfy { $0.state == .planned && $0.version == 4 && $0.contentID == edit.contents[0] })
    }
  }

  @Test func extendingGoesOnFromWhereThePlanEnds() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText("一"), try await brand.addText("二")])
      let whole = try await brand.touches(of: plan)
      // As if it had been approved some days ago: what lies further ahead is not there yet.
      let (near, far) = (whole.prefix(5), whole.dropFirst(5))
      try await brand.deployment.owner.transaction { transaction in
        try await transaction.query(
          """
          delete from \(identifier: brand.brand.schema).touches where id = any(\(far.map(\.id)))
          """)
      }
      try await brand.work { try await TouchPlanning($0).extend(plan) }
      let extended = try await brand.touches(of: plan)
      #expect(Array(extended.prefix(5)) == Array(near))
      #expect(extended.map(\.occurrence) == whole.map(\.occurrence))
      #expect(extended.map(\.contentID) == whole.map(\.contentID))
      #expect(extended.allSatisfy { $0.version == 2 && $0.state == .planned })
    }
  }

  @Test func extendingAPlanThatIsNotApprovedDoesNothing() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await brand.work { try await PlanApproval($0).pause(plan, ifVersion: nil) }
      let before = try await brand.touches(of: plan)
      try await brand.work { try await TouchPlanning($0).extend(plan) }
      #expect(try await brand.touches(of: plan) == before)
    }
  }

  /// The zone is part of what was approved: another zone of the brand needs another approval.
  @Test func anotherZoneTakesTheApprovalBack() async throws {
    try await withBrand(zone: "Asia/Shanghai") { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await brand.set(cap: 7)
      #expect(try await brand.plan(plan).state == .approved)
      try await brand.set(zone: "Europe/Berlin")
      #expect(try await brand.plan(plan).state == .draft)
      #expect(try await brand.touches(of: plan).allSatisfy { $0.state == .withdrawn && $0.zone == "Asia/Shanghai" })
      try await brand.approve(plan)
      #expect(try await brand.touches(of: plan, in: .planned).allSatisfy { $0.zone == "Europe/Berlin" })
    }
  }
}
