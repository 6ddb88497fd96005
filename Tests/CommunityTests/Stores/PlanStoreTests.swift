import Almanac
import Identifiers
import Testing

@testable import Community

@Suite struct PlanStoreTests {
  @Test func aPlanIsReadAsItWasWritten() async throws {
    try await withBrand { brand in
      let contents = [try await brand.addText("一"), try await brand.addText("二")]
      let draft = try brand.planDraft(contents + [contents[0]], audience: ["tags": ["新手"]], grace: 15)
      let id = try await brand.work { try await PlanStore($0).create(draft) }
      let plan = try await brand.plan(id)
      #expect(plan.draft == draft)
      #expect((plan.state, plan.version) == (.draft, 1))
      #expect(try await brand.touches(of: id).isEmpty)
    }
  }

  @Test func piecesThatAreNotThereAreNamed() async throws {
    try await withBrand { brand in
      let content = try await brand.addText()
      let draft = try brand.planDraft([ID(), content, ID()])
      let problem = InvalidInput([
        FieldProblem("/contents/0", .unknownReference), FieldProblem("/contents/2", .unknownReference),
      ])
      await #expect(throws: problem) { try await brand.work { _ = try await PlanStore($0).create(draft) } }
      let plan = try await brand.addPlan([content])
      await #expect(throws: problem) {
        try await brand.work { try await PlanApproval($0).edit(plan, draft, ifVersion: nil) }
      }
      #expect(try await brand.plan(plan).version == 1)
    }
  }

  @Test func anAudienceIsNamedInOneWay() async throws {
    try await withBrand { brand in
      let content = try await brand.addText()
      let cases: [([String: Any], FieldProblem)] = [
        ([:], FieldProblem("/audience", .malformed, limit: "groups | tags | kinds | all")),
        (["all": true, "tags": ["a"]], FieldProblem("/audience", .malformed, limit: "groups | tags | kinds | all")),
        (["tags": [String]()], FieldProblem("/audience/tags", .required)),
        (["all": false], FieldProblem("/audience/all", .unknownValue, limit: "true")),
      ]
      for (audience, problem) in cases {
        let draft = try brand.planDraft([content], audience: audience)
        await #expect(throws: InvalidInput([problem])) {
          try await brand.work { _ = try await PlanStore($0).create(draft) }
        }
      }
    }
  }

  @Test func aZeroByteIsNamed() async throws {
    try await withBrand { brand in
      let content = try await brand.addText()
      for way in ["tags", "kinds"] {
        let draft = try brand.planDraft([content], audience: [way: ["好", "\0"]])
        await #expect(throws: InvalidInput("/audience/\(way)/1", .malformed)) {
          try await brand.work { _ = try await PlanStore($0).create(draft) }
        }
      }
    }
  }

  @Test func aRuleThatIsNoneIsRefusedWhenItIsRead() async throws {
    try await withBrand { brand in
      let content = try await brand.addText()
      #expect(throws: RecurrenceError.self) {
        try brand.planDraft([content], rule: ["kind": "daily", "start": "2026-03-08", "times": ["25:00"]])
      }
    }
  }

  @Test func anEditOfAnOldVersionIsAConflict() async throws {
    try await withBrand { brand in
      let content = try await brand.addText()
      let plan = try await brand.addPlan([content])
      let draft = try brand.planDraft([content], grace: 5)
      try await brand.work { try await PlanApproval($0).edit(plan, draft, ifVersion: 1) }
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await PlanApproval($0).edit(plan, draft, ifVersion: 1) }
      }
      await #expect(throws: NotFound()) {
        try await brand.work { try await PlanApproval($0).edit(ID(), draft, ifVersion: 1) }
      }
    }
  }
}
