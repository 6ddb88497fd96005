import Identifiers
import Testing

@testable import Community

@Suite struct GroupStoreTests {
  private func draft(_ fields: [String: Any]) throws -> GroupDraft {
    try decoded(["name": "宝妈群"].merging(fields) { $1 })
  }

  @Test func aGroupIsReadAsItWasWritten() async throws {
    try await withBrand { brand in
      let channel = try await brand.addChannel()
      let draft = try draft([
        "external_id": "G-1", "channel_id": channel.description, "kind": "福利群", "region": "上海", "tags": ["新手", "0岁"],
        "owner": "周敏", "capacity": 200, "state": "closed", "platform": "wecom", "purpose": "陪伴成长", "size": 12,
        "keeper_id": "\(PersonID())", "stand_in_id": "\(PersonID())", "team": ["\(PersonID())"], "announcement": "你好",
      ])
      let id = try await brand.work { try await GroupStore($0).create(draft) }
      let group = try await GroupStore(brand.reader).group(id)
      #expect(group.draft == draft)
      #expect(group.version == 1)
    }
  }

  @Test func anEditOfAnOldVersionIsAConflictThatNamesTheNewOne() async throws {
    try await withBrand { brand in
      let id = try await brand.addGroup()
      let (one, two) = (try draft(["region": "上海"]), try draft(["region": "北京"]))
      try await brand.work { try await GroupStore($0).update(id, one, ifVersion: 1) }
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await GroupStore($0).update(id, two, ifVersion: 1) }
      }
      #expect(try await GroupStore(brand.reader).group(id).region == "上海")
      try await brand.work { try await GroupStore($0).update(id, two, ifVersion: nil) }
      #expect(try await GroupStore(brand.reader).group(id).version == 3)
    }
  }

  @Test func ofTwoEditsAtOnceOneIsAConflict() async throws {
    try await withBrand { brand in
      let id = try await brand.addGroup()
      let draft = try draft(["region": "上海"])
      let conflicts = await withTaskGroup(of: Int.self) { tasks in
        for _ in 0..<4 {
          tasks.addTask {
            do {
              try await brand.work { try await GroupStore($0).update(id, draft, ifVersion: 1) }
              return 0
            } catch {
              return error is EditConflict ? 1 : 100
            }
          }
        }
        return await tasks.reduce(0, +)
      }
      #expect(conflicts == 3)
      #expect(try await GroupStore(brand.reader).group(id).version == 2)
    }
  }

  @Test func aNumberThatIsTakenIsNamed() async throws {
    try await withBrand { brand in
      let taken = try draft(["external_id": "G-1"])
      try await brand.work { _ = try await GroupStore($0).create(taken) }
      let problem = InvalidInput("/external_id", .taken, actual: "G-1")
      await #expect(throws: problem) { try await brand.work { _ = try await GroupStore($0).create(taken) } }
      let other = try await brand.addGroup("别的群")
      await #expect(throws: problem) {
        try await brand.work { try await GroupStore($0).update(other, taken, ifVersion: nil) }
      }
    }
  }

  @Test func aChannelThatIsNotThereIsNamed() async throws {
    try await withBrand { brand in
      let draft = try draft(["channel_id": ID<Channel>().description])
      await #expect(throws: InvalidInput("/channel_id", .unknownReference)) {
        try await brand.work { _ = try await GroupStore($0).create(draft) }
      }
    }
  }

  @Test func whatIsNotThereIsNotFound() async throws {
    try await withBrand { brand in
      let draft = try draft([:])
      await #expect(throws: NotFound()) { try await GroupStore(brand.reader).group(ID()) }
      await #expect(throws: NotFound()) {
        try await brand.work { try await GroupStore($0).update(ID(), draft, ifVersion: nil) }
      }
    }
  }

  @Test func everyFieldThatIsWrongIsNamedAtOnce() async throws {
    try await withBrand { brand in
      let draft = try draft([
        "name": " ", "external_id": String(repeating: "x", count: 101), "capacity": 0, "tags": ["好", ""], "owner": "\0",
      ])
      await #expect(
        throws: InvalidInput([
          FieldProblem("/name", .required),
          FieldProblem("/external_id", .tooLong, limit: "100", actual: "101"),
          FieldProblem("/owner", .malformed),
          FieldProblem("/capacity", .outOfRange, limit: "1–100000", actual: "0"),
          FieldProblem("/tags/1", .required),
        ])
      ) { try await brand.work { _ = try await GroupStore($0).create(draft) } }
    }
  }

  /// One character on the screen may be many code points, which is what the schema counts.
  @Test func aNameThatTheSchemaHasNoRoomForIsNamed() async throws {
    try await withBrand { brand in
      let family = "👨‍👩‍👧‍👦"
      let draft = try draft(["name": String(repeating: family, count: 15)])
      await #expect(throws: InvalidInput("/name", .tooLong, limit: "100", actual: "105")) {
        try await brand.work { _ = try await GroupStore($0).create(draft) }
      }
      let shorter = try self.draft(["name": String(repeating: family, count: 14)])
      try await brand.work { _ = try await GroupStore($0).create(shorter) }
    }
  }
}
