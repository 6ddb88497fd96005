import Foundation
import Identifiers
import Postgres
import Testing

@testable import Community

@Suite struct GoalsAndRulesTests {
  @Test func aGoalIsReadAsItWasWritten() async throws {
    try await withBrand { brand in
      let (group, other) = (try await brand.addGroup(), try await brand.addGroup("另一个"))
      let draft: GoalDraft = try decoded([
        "title": "月销售额", "unit": "元", "target": 30_000.5, "due_on": "2026-12-31", "progress": 12.25, "state": "open",
      ])
      let id = try await brand.work { try await GoalStore($0, of: group).create(draft) }
      let goal = try await GoalStore(brand.reader, of: group).goal(id)
      #expect(goal.draft == draft && goal.version == 1)
      var further = draft
      (further.progress, further.state) = (30_001, .reached)
      let edited = further
      try await brand.work { try await GoalStore($0, of: group).update(id, edited, ifVersion: 1) }
      #expect(try await GoalStore(brand.reader, of: group).goal(id).draft == edited)
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await GoalStore($0, of: group).update(id, draft, ifVersion: 1) }
      }
      await #expect(throws: NotFound()) { try await GoalStore(brand.reader, of: other).goal(id) }
      await #expect(throws: NotFound()) {
        try await brand.work { try await GoalStore($0, of: other).update(id, draft, ifVersion: nil) }
      }
      await #expect(throws: NotFound()) { try await brand.work { _ = try await GoalStore($0, of: ID()).create(draft) } }
      let page = PageRequest(limit: 5, after: nil)
      #expect(try await GoalStore(brand.reader, of: group).page(page).items.map(\.id) == [id])
      #expect(try await GoalStore(brand.reader, of: other).page(page).items.isEmpty)
    }
  }

  @Test func whatIsNoGoalIsNamed() throws {
    let draft: GoalDraft = try decoded([
      "title": "\u{202E}", "unit": String(repeating: "元", count: 21), "target": 0, "due_on": "1999-12-31",
      "progress": -1,
    ])
    let problems = #expect(throws: InvalidInput.self) { try draft.validate() }?.problems ?? []
    #expect(problems.map(\.field) == ["/title", "/unit", "/target", "/progress", "/due_on"])
  }

  @Test func everyVersionOfTheRulesStays() async throws {
    try await withBrand { brand in
      let (person, store) = (PersonID(), RulesStore(brand.reader))
      let (first, second): (RulesDraft, RulesDraft) = (
        try decoded(["title": "群规", "text": "1. 不发广告"]), try decoded(["title": "群规（新）", "text": "1. 不发广告\n2. 文明发言"])
      )
      let id = try await brand.work { try await RulesStore($0).create(first, by: person) }
      try await brand.work { try await RulesStore($0).update(id, second, ifVersion: 1) }
      let rules = try await store.rules(id)
      #expect(rules.draft == second && rules.version == 2)
      let versions = try await store.versions(of: id, before: nil, limit: 5).items
      #expect(versions.map(\.text) == [second.text, first.text] && versions.map(\.byID) == [nil, person])
      #expect(try await store.versions(of: id, before: 2, limit: 5).items.map(\.version) == [1])
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await RulesStore($0).update(id, first, ifVersion: 1) }
      }
      await #expect(throws: PostgresError.self) { try await brand.query("update rules_versions set text = 'x'") }
      await #expect(throws: PostgresError.self) { try await brand.query("delete from rules") }
      let group: GroupDraft = try decoded(["name": "一群", "rules_id": id.description])
      let made = try await brand.work { try await GroupStore($0).create(group) }
      #expect(try await GroupStore(brand.reader).group(made).rulesID == id)
    }
  }
}
