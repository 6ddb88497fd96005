import Almanac
import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import Community

/// What is approved is what is sent.
@Suite struct ApprovalTests {
  @Test func aPlanWithNothingAheadIsRefusedAndStaysADraft() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let rule = ["kind": "once", "date": "2026-01-01", "time": "09:30"]
      let plan = try await brand.addPlan([try await brand.addText()], rule: rule)
      await #expect(throws: InvalidInput("/recurrence", .nothingAhead)) { try await brand.approve(plan) }
      let after = try await brand.plan(plan)
      #expect(after.state == .draft)
      #expect(after.version == 1)
      #expect(after.approvedBy == nil)
    }
  }

  @Test func aPlanThatBeginsBeyondTheHorizonIsApproved() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let rule = ["kind": "once", "date": "\(brand.today.advanced(by: 40))", "time": "09:30"]
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: rule)
      #expect(try await brand.plan(plan).state == .approved)
      #expect(try await brand.touches(of: plan).isEmpty)
    }
  }

  @Test func anAudienceWithoutAnActiveGroupIsRefused() async throws {
    try await withBrand { brand in
      let closed = try await brand.addGroup(tags: ["新手"])
      try await brand.query("update groups set state = 'closed' where id = \(closed)")
      let content = try await brand.addText()
      let audiences: [[String: Any]] = [
        ["all": true], ["tags": ["新手"]], ["kinds": ["福利群"]], ["groups": [closed.description]],
      ]
      for audience in audiences {
        let plan = try await brand.addPlan([content], audience: audience)
        await #expect(throws: InvalidInput("/audience", .emptyAudience)) { try await brand.approve(plan) }
      }
    }
  }

  @Test func anApprovalOfAnotherVersionIsAConflict() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.addPlan([try await brand.addText()])
      await #expect(throws: EditConflict(current: 1)) { try await brand.approve(plan, ifVersion: 7) }
      try await brand.approve(plan, ifVersion: 1)
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await PlanApproval($0).pause(plan, ifVersion: 1) }
      }
      #expect(try await brand.plan(plan).state == .approved)
    }
  }

  @Test func anEditOfAPieceDoesNotChangeWhatIsSent() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(text: "批准的话")
      let content = try await brand.touch(ready.touch).contentID
      try await brand.edit(content, to: "没有批准的话")
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      #expect(try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(await platform.sent == [.text("批准的话")])
    }
  }

  @Test func aNewApprovalBindsTheNewVersionOfAPiece() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let content = try await brand.addText("第一版")
      let plan = try await brand.approvedPlan([content])
      let first = try await brand.touches(of: plan)
      try await brand.edit(content, to: "第二版")
      #expect(try await brand.touches(of: plan) == first)
      try await brand.approve(plan)
      let second = try await brand.touches(of: plan)
      #expect(second.map(\.id) == first.map(\.id))
      #expect(second.allSatisfy { $0.contentVersion == 2 && $0.version == 3 })
    }
  }

  @Test func anEditOfThePlanNeedsANewApproval() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let content = try await brand.addText()
      let plan = try await brand.approvedPlan([content])
      let edit = try brand.planDraft([content], grace: 30)
      try await brand.work { try await PlanApproval($0).edit(plan, edit, ifVersion: 2) }
      let edited = try await brand.plan(plan)
      #expect((edited.state, edited.version, edited.graceMinutes) == (.draft, 3, 30))
      #expect((edited.approvedBy, edited.approvedAt) == (nil, nil))
      try await brand.approve(plan, ifVersion: 3)
      let approved = try await brand.plan(plan)
      #expect((approved.state, approved.version, approved.approvedBy) == (.approved, 4, "测试"))
    }
  }

  @Test func aGroupThatGetsTheTagAfterTheApprovalIsNotIn() async throws {
    try await withBrand { brand in
      let member = try await brand.addGroup("老群", tags: ["新手"])
      let other = try await brand.addGroup("别的群")
      let plan = try await brand.approvedPlan([try await brand.addText()], audience: ["tags": ["新手"]])
      try await brand.query("update groups set tags = array['新手'] where id = \(other)")
      _ = try await brand.addGroup("新群", tags: ["新手"])
      let touches = try await brand.touches(of: plan).map(\.id)
      try await brand.makeDue([touches[0]])
      try await brand.fireAndExpand()
      #expect(try await brand.deliveries().map(\.groupID) == [member])

      try await brand.approve(plan)
      try await brand.makeDue([touches[1]])
      try await brand.fireAndExpand()
      #expect(try await brand.deliveries(of: touches[1]).count == 3)
    }
  }

  @Test(arguments: [
    ("groups", 2), ("tags", 2), ("kinds", 1), ("all", 4),
  ])
  func anAudienceComesToItsGroups(_ way: String, _ count: Int) async throws {
    try await withBrand { brand in
      let one = try await brand.addGroup("甲", tags: ["a"])
      let two = try await brand.addGroup("乙", tags: ["a", "b"])
      let three = try await brand.addGroup("丙")
      _ = try await brand.addGroup("丁")
      try await brand.query("update groups set kind = '福利群' where id = \(three)")
      let value: Any =
        switch way {
        case "groups": [one.description, two.description]
        case "tags": ["b", "a"]
        case "kinds": ["福利群"]
        default: true
        }
      let plan = try await brand.approvedPlan([try await brand.addText()], audience: [way: value])
      let rows = try await brand.query("select cardinality(approved_groups) from plans where id = \(plan)")
      #expect(try rows[0].decode(Int.self) == count)
    }
  }
}
