import Community
import Foundation
import HTTPTypes
import Identifiers
import Postgres
import Testing

@testable import API
@testable import Tenancy

@Suite struct NoticeTests {
  /// An asker with the session of a new person of the agency.
  private func person(_ role: Role, _ api: Asker, _ house: House) async throws -> (Asker, ID<Person>) {
    let id = ID<Person>()
    let token = try await house.tenancy.control.transaction { transaction in
      _ = try await transaction.query([
        "insert into control.people (id, email, name) values (\(id), \("\(id)@example.com"), '小林')",
        "insert into control.agency_people (agency_id, person_id) values (\(house.agency.id), \(id))",
        """
        insert into control.grants (id, agency_id, person_id, role, granted_by)
        values (\(ID<Grant>()), \(house.agency.id), \(id), \(role.rawValue), 'test')
        """,
      ])
      return try await SessionStore(transaction).begin(
        of: id, agency: house.agency.id, awaitsCode: false, from: Origin(address: "127.0.0.1", userAgent: "test")
      ).token
    }
    return (api.with(key: token), id)
  }

  @Test func somebodyReadsWhatTheyAreTold() async throws {
    try await withAPI { api, house in
      let (mine, id) = try await person(.owner, api, house)
      let (theirs, _) = try await person(.owner, api, house)
      let brand = try await house.brand()
      let store = NoticeStore(house.tenancy.control)
      for number in 1...3 {
        let notice = NewNotice(
          .keyExpiring, about: NoticeSubject("key", UUID()), occurrence: "\(UUID()) \(number)",
          words: [.name: "对接", .until: "2026-03-08T01:30:00.000Z"], to: [id])
        try await store.tell(notice, of: house.agency.id, brand: brand.id)
      }
      let page = try await mine.get("notices?limit=2")
      #expect(page.items.count == 2 && page.headers[.link] != nil, "\(page)")
      #expect(page.items[0]["text"]?.string == "密钥「对接」将于 2026-03-08 09:30 (Asia/Shanghai) 到期。")
      #expect(page.items[0]["brand"]?["slug"]?.string == brand.slug)
      #expect(try await mine.get("notices/unread").json["unread"] == .number("3"))
      #expect(try await theirs.get("notices").items.isEmpty)
      let first = page.items[0]["id"]?.string ?? ""
      #expect(try await theirs.json(.put, "notices/\(first)/read", #"{"read": true}"#).status == 404)
      #expect(try await mine.json(.put, "notices/\(first)/read", #"{"read": true}"#).status == 204)
      #expect(try await mine.get("notices?unread=true").items.count == 2)
      let all = try await mine.json(.put, "notices/read", #"{"up_to": "\#(first)"}"#)
      #expect(all.json["unread"] == .number("0"), "\(all)")
      // A key is nobody.
      #expect(try await api.get("notices").problem.hasSuffix("person-only"))
    }
  }

  @Test func somebodyChoosesHowTheyAreTold() async throws {
    try await withAPI { api, house in
      let (mine, _) = try await person(.viewer, api, house)
      let standard = try await mine.get("notice-settings")
      #expect(standard.headers[.eTag] == "\"v1\"" && standard.json["quiet_from"]?.string == "22:30", "\(standard)")
      let draft =
        #"{"quiet_from": "23:00", "quiet_to": "07:00", "digest_at": "10:00", "choices": {"delivery.unknown": {"mail": "digest", "robot": false}}}"#
      let set = try await mine.json(.put, "notice-settings", draft, headers: [.ifMatch: "\"v1\""])
      #expect(set.status == 200 && set.json["version"] == .number("2"), "\(set)")
      let kinds = set.json["kinds"]?.array ?? []
      let unknown = kinds.first { $0["kind"]?.string == "delivery.unknown" }
      #expect(unknown?["mail"]?.string == "digest" && unknown?["is_standard"] == .bool(false))
      #expect(try await mine.json(.put, "notice-settings", draft, headers: [.ifMatch: "\"v1\""]).status == 412)
      #expect(try await mine.json(.put, "notice-settings", draft).json["version"] == .number("3"))
      let wrong = try await mine.json(
        .put, "notice-settings", draft.replacing("delivery.unknown", with: "delivery.lost"))
      #expect(wrong.errors == ["/choices/delivery.lost": "unknown_field"], "\(wrong)")
      let time = try await mine.json(.put, "notice-settings", draft.replacing("23:00", with: "25:00"))
      #expect(time.errors == ["/quiet_from": "malformed"], "\(time)")
    }
  }

  @Test func theAgencysRobotIsSetByWhoeverManagesTheAgency() async throws {
    try await withAPI { api, house in
      let (owner, _) = try await person(.owner, api, house)
      let (viewer, _) = try await person(.viewer, api, house)
      let key = UUID().uuidString.lowercased()
      let draft = #"{"name": "值班群", "webhook": "\#(key)"}"#
      #expect(try await viewer.json(.put, "internal-robot", draft).status == 403)
      let set = try await owner.json(.put, "internal-robot", draft)
      #expect(set.status == 200 && !set.text.contains(key), "\(set)")
      #expect(try await owner.get("internal-robot").json["name"]?.string == "值班群")
      let brand = api.within(try await house.brand().slug)
      let channel = try await brand.post("channels", #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(key)"}"#)
      #expect(channel.errors == ["/webhook": "taken"], "\(channel)")
      #expect(try await owner.send(.delete, "internal-robot").status == 204)
      #expect(try await owner.get("internal-robot").status == 404)
      let acts = try await house.tenancy.control.read(
        """
        select act, subject::text as subject, coalesce(after::text, '') as after from control.acts
        where agency_id = \(house.agency.id) and act like 'internal_robot.%' order by number
        """)
      #expect(
        try acts.map { try $0.value("act", as: String.self) } == ["internal_robot.set", "internal_robot.removed"])
    }
  }
}
