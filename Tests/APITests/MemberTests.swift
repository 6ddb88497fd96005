import Community
import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

@Suite struct MemberTests {
  @Test func membersAreFoundAndListed() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let made = try await api.post(
        "members",
        #"""
        {"name": "小鱼妈 👶", "phone": "+8613812345678", "birthday": "--02-30", "birthday_calendar": "lunar", "sex": "female",
         "age_band": "30_34", "region": "上海", "occupation": "老师", "tags": ["宝妈"], "do_not_disturb": true}
        """#)
      #expect(made.status == 201 && made.json["birthday"]?.string == "--02-30", "\(made)")
      for query in ["q=%E9%B1%BC", "q=5678", "phone_tail=345678", "tag=%E5%AE%9D%E5%A6%88", "do_not_disturb=true"] {
        #expect(try await api.get("members?\(query)").items == [made.json], "\(query)")
      }
      #expect(try await api.get("members?q=x").items.isEmpty)
      let solar = try await api.json(.patch, "members/\(made.id)", #"{"birthday_calendar": null}"#)
      #expect(solar.errors == ["/birthday": "malformed"], "\(solar)")
      let edited = try await api.json(
        .patch, "members/\(made.id)", #"{"birthday": "1993-05-20", "birthday_calendar": null}"#)
      #expect(edited.json["birthday_calendar"]?.string == "solar" && edited.json["phone"] == made.json["phone"])
    }
  }

  @Test(arguments: [
    (#"{"name": "a\u202Eb"}"#, ["/name": "malformed"]), (#"{"name": "a\nb"}"#, ["/name": "malformed"]),
    (#"{"name": "a", "birthday": "2026-02-31"}"#, ["/birthday": "malformed"]),
    (#"{"name": "a", "birthday": "1993-02-29"}"#, ["/birthday": "malformed"]),
    (#"{"name": "a", "age_band": "old", "sex": "x"}"#, ["/age_band": "unknown_value", "/sex": "unknown_value"]),
    (
      #"{"name": "a", "tags": [1], "do_not_disturb": "no"}"#,
      ["/tags/0": "wrong_type", "/do_not_disturb": "wrong_type"]
    ),
    (#"{"name": "a", "phone": "*******5678"}"#, ["/phone": "malformed"]),
  ])
  func wrongFieldsAreNamed(body: String, errors: [String: String]) async throws {
    try await withAPI { api, house in
      let reply = try await api.within(try await house.brand().slug).post("members", body)
      #expect(reply.status == 422 && reply.errors == errors, "\(reply)")
    }
  }

  /// Whatever is not asked for stays as it is, also what the caller is not shown.
  @Test func onlyTailsAreShownAndEditingBeginsFromTheWhole() throws {
    let shown = MemberBody(try Self.member(), .tail)
    #expect(try JSONValue(encoding: shown)["phone"]?.string == "*******5678")
    #expect(try JSONValue(encoding: shown.draft)["phone"]?.string == "+8613812345678")
    #expect(try JSONValue(encoding: MemberBody(try Self.member(), .whole))["phone"]?.string == "+8613812345678")
  }

  private static func member() throws -> Member {
    try StrictDecoding.decode(
      Member.self,
      from: .object([
        "id": .string(UUID().uuidString), "name": .string("小鱼妈"), "phone": .string("+8613812345678"),
        "birthday_calendar": .string("solar"), "tags": .array([]), "do_not_disturb": .bool(false),
        "version": .number("1"),
        "created_at": .string("2026-03-08T01:30:00Z"),
      ]))
  }

  @Test func consentsAndStaysAreKept() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let consent = ours.uri("members/{member}/consents/{kind}")
      let given = try await ours.asker.json(.put, consent, #"{"source": "入群问卷"}"#)
      #expect(given.status == 200 && given.json["kind"]?.string == "messages", "\(given)")
      #expect(try await ours.asker.json(.put, consent, #"{"source": "再问一次"}"#).json == given.json)
      #expect(try await ours.asker.send(.delete, consent).status == 204)
      #expect(try await ours.asker.send(.delete, consent).status == 404)
      let all = try await ours.asker.get(ours.uri("members/{member}/consents"))
      #expect(all.items.count == 1 && all.items[0]["withdrawn_at"] != nil)
      #expect(try await ours.asker.json(.put, ours.uri("members/{member}/consents/x"), "{}").status == 404)
      let wrong = try await ours.asker.json(
        .put, consent, #"{"source": "a\u202E", "given_at": "2999-01-01T00:00:00Z"}"#)
      #expect(wrong.errors == ["/source": "malformed", "/given_at": "out_of_range"], "\(wrong)")
      let place = ours.uri("groups/{group}/members/{member}")
      _ = try await ours.asker.send(.delete, place)
      let back = try await ours.asker.json(.put, place, #"{"trusted": true, "source": "朋友"}"#)
      #expect(back.json["trusted"] == .bool(true), "\(back)")
      let stays = try await ours.asker.get(ours.uri("members/{member}/stays"))
      #expect(stays.items.count == 2 && stays.items[0]["left_at"] == nil && stays.items[1]["left_at"] != nil)
      let trusted = try await ours.asker.get(ours.uri("groups/{group}/members?trusted=true&present=true"))
      #expect(trusted.items.count == 1)
      let wrongPlace = try await ours.asker.json(.put, place, #"{"source": "a\u202E"}"#)
      #expect(wrongPlace.errors == ["/source": "malformed"], "\(wrongPlace)")
    }
  }
}
