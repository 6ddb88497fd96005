import Foundation
import Identifiers
import Postgres
import Testing

@testable import Community

@Suite struct GroupEditsTests {
  /// As a body is read.
  private func edits(_ fields: [String: Any]) throws -> GroupEdits { try decoded(fields) }

  private func group(_ brand: BrandFixture, _ id: ID<Group>) async throws -> Group {
    try await GroupStore(brand.reader).group(id)
  }

  @Test func whatIsNamedIsSetAndTheRestStays() async throws {
    try await withBrand { brand in
      let draft: GroupDraft = try decoded([
        "name": "一群", "kind": "福利", "region": "上海", "owner": "小芽", "tags": ["新客", "老客"], "capacity": 300, "size": 7,
        "announcement": "旧公告",
      ])
      let one = try await brand.work { try await GroupStore($0).create(draft) }
      let (two, other) = (try await brand.addGroup("二群", tags: ["老客"]), try await brand.addGroup("三群"))
      let keeper = PersonID()
      let edits = try edits([
        "groups": [one.description, two.description], "add_tags": ["VIP"], "remove_tags": ["新客"],
        "set": [
          "region": NSNull(), "kind": "知识", "capacity": NSNull(), "keeper_id": keeper.description,
          "announcement": "新公告",
          "state": "full",
        ],
      ])
      let before = try await group(brand, other)
      let changed = try await brand.work { try await GroupStore($0).apply(edits, by: keeper) }
      #expect(changed == [one, two].sorted())
      var expected = draft
      (expected.region, expected.kind, expected.capacity, expected.keeperID) = (nil, "知识", 500, keeper)
      (expected.announcement, expected.state, expected.tags, expected.team) = ("新公告", .full, ["老客", "VIP"], [])
      let edited = try await group(brand, one)
      #expect(edited.draft == expected && edited.version == 2, "\(edited)")
      #expect(try await group(brand, two).tags == ["老客", "VIP"])
      #expect(try await group(brand, other) == before)
      let history = try await GroupStore(brand.reader).announcements(of: one, before: nil, limit: 5)
      #expect(history.items.map(\.text) == ["新公告", "旧公告"] && history.items[0].byID == keeper)
      let again = try await brand.work { try await GroupStore($0).apply(edits) }
      #expect(again == [])
      #expect(try await group(brand, one).version == 2)
    }
  }

  @Test func aFilterSaysWhich() async throws {
    try await withBrand { brand in
      let (one, two) = (try await brand.addGroup("一群", tags: ["新客"]), try await brand.addGroup("二群"))
      let edits = try edits(["filter": ["tag": "新客"], "set": ["announcement": "你好"]])
      let changed = try await brand.work { try await GroupStore($0).apply(edits) }
      #expect(changed == [one])
      #expect(try await group(brand, one).version == 2)
      #expect(try await group(brand, two).announcement == nil)
      let takenDown = try self.edits(["filter": [:] as [String: Any], "set": ["announcement": NSNull()]])
      #expect(try await brand.work { try await GroupStore($0).apply(takenDown) } == [one])
      #expect(try await group(brand, one).announcement == nil)
    }
  }

  @Test func aMergerEndsWithAnotherState() async throws {
    try await withBrand { brand in
      let (one, two, target) = (
        try await brand.addGroup("一群"), try await brand.addGroup("二群"), try await brand.addGroup("三群")
      )
      let ids = [one.description, two.description]
      let merge = try edits(["groups": ids, "set": ["state": "merged", "merged_into_id": target.description]])
      #expect(try await brand.work { try await GroupStore($0).apply(merge) }.count == 2)
      #expect(try await group(brand, one).mergedIntoID == target)
      let open = try edits(["groups": ids, "set": ["state": "open"]])
      #expect(try await brand.work { try await GroupStore($0).apply(open) }.count == 2)
      #expect(try await group(brand, one).mergedIntoID == nil)
      let itself = try edits(["groups": ids, "set": ["state": "merged", "merged_into_id": one.description]])
      await #expect(throws: InvalidInput("/set/merged_into_id", .unknownValue, actual: "\(one)")) {
        try await brand.work { _ = try await GroupStore($0).apply(itself) }
      }
    }
  }

  @Test func oneThatIsWrongStopsAll() async throws {
    try await withBrand { brand in
      let (one, full) = (
        try await brand.addGroup("一群"), try await brand.addGroup("二群", tags: (0..<50).map { "t\($0)" })
      )
      let cases: [([String: Any], [String: FieldProblem.Code])] = [
        ([:], ["/groups": .required]), (["groups": [], "set": ["kind": "a"]], ["/groups": .required]),
        (["groups": [one.description], "filter": [:] as [String: Any], "set": ["kind": "a"]], ["/groups": .required]),
        (["groups": [one.description]], ["/set": .required]),
        (["groups": [one.description], "set": [:] as [String: Any]], ["/set": .required]),
        (["filter": ["q": "\u{202E}"], "set": ["kind": "a"]], ["/filter/q": .malformed]),
        (["groups": [one.description, "\(ID<Group>())"], "set": ["kind": "a"]], ["/groups/1": .unknownReference]),
        (
          [
            "groups": [one.description],
            "set": ["kind": String(repeating: "长", count: 51), "capacity": 0, "region": "\u{200F}"],
          ],
          ["/set/kind": .tooLong, "/set/capacity": .outOfRange, "/set/region": .malformed]
        ),
        (
          ["groups": [one.description], "set": ["channel_id": "\(ID<Channel>())"]],
          ["/set/channel_id": .unknownReference]
        ),
        (["groups": [one.description], "set": ["rules_id": "\(ID<Rules>())"]], ["/set/rules_id": .unknownReference]),
        (["groups": [one.description], "set": ["avatar_id": "\(ID<Media>())"]], ["/set/avatar_id": .unknownReference]),
        (["groups": [one.description], "set": ["state": "merged"]], ["/set/merged_into_id": .required]),
        (["groups": [one.description], "set": ["merged_into_id": NSNull()]], ["/set/state": .required]),
        (["groups": [one.description, full.description], "add_tags": ["多了"]], ["/add_tags": .tooManyItems]),
        (["groups": [one.description], "add_tags": [""]], ["/add_tags/0": .required]),
      ]
      for (fields, expected) in cases {
        let problems =
          await #expect(throws: InvalidInput.self, "\(fields)") {
            let edits = try edits(fields)
            try await brand.work { _ = try await GroupStore($0).apply(edits) }
          }?.problems ?? []
        #expect(Dictionary(problems.map { ($0.field, $0.code) }) { first, _ in first } == expected, "\(fields)")
      }
      #expect(try await group(brand, one).version == 1)
    }
  }

  @Test func noMoreThanFiveThousand() async throws {
    try await withBrand { brand in
      try await brand.addManyGroups(5_001, keepers: [PersonID()])
      let all = try edits(["filter": [:] as [String: Any], "set": ["region": "上海", "announcement": "你好"]])
      await #expect(throws: InvalidInput("/filter", .tooManyItems, limit: "5000")) {
        try await brand.work { _ = try await GroupStore($0).apply(all) }
      }
      try await brand.query("update groups set kind = '不同' where external_id = 'wr-1'")
      try await brand.query("update groups set kind = '相同' where external_id <> 'wr-1'")
      let same = try edits(["filter": ["kind": "相同"], "set": ["region": "上海", "announcement": "你好"]])
      #expect(try await brand.work { try await GroupStore($0).apply(same) }.count == 5_000)
      let counts = try await brand.query(
        "select count(*), min(version), max(version) from groups where region = '上海' and version = 2")
      #expect(try #require(counts.first).value(at: 0, as: Int.self) == 5_000)
    }
  }
}
