import Foundation
import Identifiers
import Testing

@testable import Community

@Suite struct MemberStoreTests {
  private func draft(_ fields: [String: Any] = [:]) throws -> MemberDraft {
    try decoded(["name": "辰辰妈"].merging(fields) { $1 })
  }

  @Test func aMemberIsReadAsTheyWereWritten() async throws {
    try await withBrand { brand in
      let draft = try draft([
        "phone": "+8613800000000", "external_id": "wm1", "birthday": "1990-02-28", "birthday_calendar": "lunar",
        "region": "上海", "age_band": "30_34", "sex": "female", "occupation": "老师", "tags": ["宝妈"],
        "do_not_disturb": true,
      ])
      let id = try await brand.work { try await MemberStore($0).create(draft) }
      let member = try await MemberStore(brand.reader).member(id)
      #expect(member.draft == draft)
      #expect(member.version == 1)
    }
  }

  @Test(arguments: [("phone", "+8613800000000"), ("external_id", "wm1")])
  func whatIsTakenIsNamed(_ field: String, _ value: String) async throws {
    try await withBrand { brand in
      let (taken, free) = (try draft([field: value]), try draft())
      try await brand.work { _ = try await MemberStore($0).create(taken) }
      let problem = InvalidInput("/\(field)", .taken)
      await #expect(throws: problem) { try await brand.work { _ = try await MemberStore($0).create(taken) } }
      let other = try await brand.work { try await MemberStore($0).create(free) }
      await #expect(throws: problem) {
        try await brand.work { try await MemberStore($0).update(other, taken, ifVersion: 1) }
      }
    }
  }

  @Test(arguments: ["13800000000", "+86 138", "+86138000000000000000", "+86１３８０００"])
  func aNumberThatIsNoneIsNamed(_ phone: String) async throws {
    try await withBrand { brand in
      let draft = try draft(["phone": phone])
      await #expect(throws: InvalidInput("/phone", .malformed, limit: "+8613800000000")) {
        try await brand.work { _ = try await MemberStore($0).create(draft) }
      }
    }
  }

  @Test func anEditOfAnOldVersionIsAConflict() async throws {
    try await withBrand { brand in
      let (one, two) = (try draft(), try draft(["name": "豆豆妈"]))
      let id = try await brand.work { try await MemberStore($0).create(one) }
      try await brand.work { try await MemberStore($0).update(id, two, ifVersion: 1) }
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await MemberStore($0).update(id, one, ifVersion: 1) }
      }
      #expect(try await MemberStore(brand.reader).member(id).name == "豆豆妈")
      await #expect(throws: NotFound()) {
        try await brand.work { try await MemberStore($0).update(ID(), one, ifVersion: 1) }
      }
    }
  }

  @Test func aMemberJoinsLeavesAndComesBack() async throws {
    try await withBrand { brand in
      let (draft, group) = (try draft(), try await brand.addGroup())
      let member = try await brand.work { try await MemberStore($0).create(draft) }
      let joined = Date(timeIntervalSince1970: 1_700_000_000)
      try await brand.work { try await MemberStore($0).join(member, to: group, .init(joinedAt: joined, source: "海报")) }
      var place = try await MemberStore(brand.reader).membership(of: member, in: group)
      #expect((place.name, place.joinedAt, place.leftAt, place.source) == ("辰辰妈", joined, nil, "海报"))

      try await brand.work { try await MemberStore($0).leave(member, from: group) }
      place = try await MemberStore(brand.reader).membership(of: member, in: group)
      #expect(place.leftAt != nil)
      await #expect(throws: NotFound()) {
        try await brand.work { try await MemberStore($0).leave(member, from: group) }
      }

      try await brand.work { try await MemberStore($0).join(member, to: group) }
      place = try await MemberStore(brand.reader).membership(of: member, in: group)
      #expect(try #require(place.joinedAt) > joined && place.leftAt == nil && place.source == nil)
      let page = try await MemberStore(brand.reader).memberships(of: group, PageRequest(limit: 10, after: nil))
      #expect(page.items == [place])
    }
  }

  @Test func joiningNeedsBothToBeThere() async throws {
    try await withBrand { brand in
      let (draft, group) = (try draft(), try await brand.addGroup())
      let member = try await brand.work { try await MemberStore($0).create(draft) }
      for (member, group) in [(ID(), group), (member, ID())] {
        await #expect(throws: NotFound()) {
          try await brand.work { try await MemberStore($0).join(member, to: group) }
        }
      }
      await #expect(throws: NotFound()) {
        try await brand.work { try await MemberStore($0).leave(member, from: group) }
      }
      await #expect(throws: NotFound()) { try await MemberStore(brand.reader).membership(of: member, in: group) }
    }
  }
}
