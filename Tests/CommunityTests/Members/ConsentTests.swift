import Foundation
import Identifiers
import Postgres
import Testing

@testable import Community

@Suite struct ConsentTests {
  private func draft(_ fields: [String: Any]) throws -> ConsentDraft { try decoded(fields) }

  @Test func aConsentStandsUntilItIsWithdrawnAndIsKept() async throws {
    try await withBrand { brand in
      let (member, person) = (try await brand.addMember("小鱼妈"), PersonID())
      let (form, talk) = (try draft(["source": "入群问卷"]), try draft(["source": "私聊"]))
      let given = try await brand.work { try await ConsentStore($0).give(.messages, of: member, form, by: person) }
      #expect(given.source == "入群问卷" && given.byID == person && given.withdrawnAt == nil)
      let again = try await brand.work { try await ConsentStore($0).give(.messages, of: member, talk) }
      #expect(again == given)
      try await brand.work { try await ConsentStore($0).withdraw(.messages, of: member, by: person) }
      await #expect(throws: NotFound()) {
        try await brand.work { try await ConsentStore($0).withdraw(.messages, of: member) }
      }
      let anew = try await brand.work { try await ConsentStore($0).give(.messages, of: member, talk) }
      #expect(anew.id != given.id && anew.withdrawnAt == nil)
      let all = try await ConsentStore(brand.reader).consents(of: member)
      #expect(all.map(\.id) == [anew.id, given.id])
      #expect(all[1].withdrawnAt != nil && all[1].withdrawnByID == person && all[1].givenAt == given.givenAt)
      await #expect(throws: NotFound()) {
        try await brand.work { _ = try await ConsentStore($0).give(.messages, of: ID(), talk) }
      }
      await #expect(throws: PostgresError.self) { try await brand.query("delete from consents") }
      await #expect(throws: PostgresError.self) { try await brand.query("update consents set given_at = now()") }
    }
  }

  @Test func ofManyAtOnceOneStands() async throws {
    try await withBrand { brand in
      let (member, draft) = (try await brand.addMember("小鱼妈"), try draft(["source": "问卷"]))
      try await withThrowingTaskGroup(of: ID<Consent>.self) { tasks in
        for _ in 0..<5 {
          tasks.addTask { try await brand.work { try await ConsentStore($0).give(.sharing, of: member, draft).id } }
        }
        var ids: Set<ID<Consent>> = []
        for try await id in tasks { ids.insert(id) }
        #expect(ids.count == 1)
      }
    }
  }

  @Test func whatIsNoConsentIsNamed() throws {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let draft = ConsentDraft(givenAt: now + 3_600, source: " ")
    let problems = #expect(throws: InvalidInput.self) { try draft.validate(now: now) }?.problems ?? []
    #expect(problems.map(\.field) == ["/source", "/given_at"])
  }
}

extension BrandFixture {
  func addMember(_ name: String, _ fields: [String: Any] = [:]) async throws -> ID<Member> {
    let draft: MemberDraft = try decoded(["name": name].merging(fields) { $1 })
    return try await work { try await MemberStore($0).create(draft) }
  }
}
