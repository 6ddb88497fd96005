import Community
import Foundation
import HTTPTypes
import Identifiers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import API

@Suite struct GroupTests {
  /// The names in the order of the pages, following `Link`.
  private func walk(_ api: Asker, _ path: String) async throws -> [String] {
    var (names, next) = ([String](), path as String?)
    while let path = next {
      let page = try await api.get(path)
      #expect(page.status == 200, "\(page)")
      names += page.items.compactMap { $0["name"]?.string }
      next = page.headers[.link].map { String($0.dropFirst().prefix { $0 != ">" }) }
    }
    return names
  }

  @Test func listsGoOnInEveryOrderWhateverTheNames() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let names = ["a+b", "a&b=c", "百%25", "~~", "阿 姨", "👨‍👩‍👧", "#?/"]
      for (number, name) in names.enumerated() {
        let body: [String: Any] = ["name": name, "size": number % 3]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        #expect(try await api.post("groups", text).status == 201)
      }
      #expect(try await walk(api, "groups?limit=2") == names)
      #expect(try await walk(api, "groups?limit=2&sort=-created") == names.reversed())
      for sort in ["name", "-name", "size", "-size"] {
        let whole = try await api.get("groups?sort=\(sort)").items.compactMap { $0["name"]?.string }
        #expect(Set(whole) == Set(names))
        for limit in [1, 3] { #expect(try await walk(api, "groups?sort=\(sort)&limit=\(limit)") == whole, "\(sort)") }
      }
    }
  }

  @Test func onlyTheFieldsThatAreAskedForAreShown() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let group = try await ours.asker.get("groups?fields=name,tags&tag=%E6%96%B0%E5%AE%A2")
      #expect(group.items.map { Set(($0.object ?? [:]).keys) } == [["id", "name", "tags"]], "\(group)")
      let member = try await ours.asker.get("members?fields=external_id")
      #expect(member.items.map { Set(($0.object ?? [:]).keys) } == [["id", "external_id"]], "\(member)")
      for query in ["groups?fields=secret", "groups?fields=", "groups?fields=name,,id", "members?fields=size"] {
        #expect(try await ours.asker.get(query).errors == ["fields": "unknown_value"], "\(query)")
      }
    }
  }

  @Test(arguments: [
    ("groups?sort=owner", ["sort": "unknown_value"]), ("groups?after=x", ["after": "malformed"]),
    ("groups?sort=size&after=00000000-0000-0000-0000-000000000000~x", ["after": "malformed"]),
    ("groups?state=open,gone", ["state": "unknown_value"]), ("groups?state=", ["state": "unknown_value"]),
    ("groups?size_from=-1", ["size_from": "out_of_range"]), ("groups?keeper=1", ["keeper": "malformed"]),
    ("groups?kept=maybe", ["kept": "unknown_value"]), ("groups?platform=qq", ["platform": "unknown_value"]),
    ("groups?q=%E2%80%AE", ["q": "malformed"]), ("groups/tally?state=open", ["state": "unknown_field"]),
    ("members?phone_tail=123", ["phone_tail": "malformed"]), ("members?group=x", ["group": "malformed"]),
    ("daily-records/2026-03-08?fields=name", ["fields": "unknown_field"]),
  ])
  func wrongParametersAreNamed(query: String, errors: [String: String]) async throws {
    try await withAPI { api, house in
      let reply = try await api.within(try await house.brand().slug).get(query)
      #expect(reply.status == 422 && reply.errors == errors, "\(reply)")
    }
  }

  @Test func tabsCountWhatTheFilterLeaves() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      for (name, state) in [("a1", "open"), ("a2", "full"), ("b1", "full")] {
        _ = try await api.post("groups", #"{"name": "\#(name)", "state": "\#(state)"}"#)
      }
      let tally = try await api.get("groups/tally?q=a").items
      #expect(tally.map { $0["state"]?.string } == ["open", "full", "merged", "closed"])
      #expect(tally.map { $0["groups"] } == ["1", "1", "0", "0"].map { .number($0) })
      #expect(try await walk(api, "groups?q=a&state=full,closed") == ["a2"])
    }
  }

  @Test func manyGroupsAreEditedOnce() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let body = #"{"filter": {"tag": "新客"}, "set": {"region": "上海", "owner": null}, "add_tags": ["VIP"]}"#
      let headers: HTTPFields = [.idempotencyKey: UUID().uuidString]
      let first = try await ours.asker.post("groups/edits", body, headers: headers)
      #expect(first.status == 200 && first.json["changed"] == .number("1"), "\(first)")
      let replayed = try await ours.asker.post("groups/edits", body, headers: headers)
      #expect(replayed.json == first.json && replayed.headers[.idempotencyReplayed] == "true")
      #expect(try await ours.asker.post("groups/edits", body).json["changed"] == .number("0"))
      let group = try await ours.asker.get(ours.uri("groups/{group}"))
      #expect(group.json["region"]?.string == "上海" && group.headers[.eTag] == "\"v2\"")
      for (body, errors) in [
        (#"{"groups": ["x"], "set": {"region": "a"}}"#, ["/groups/0": "malformed"]),
        (
          #"{"filter": {"state": ["gone"], "x": 1}, "set": {}}"#,
          ["/filter/state/0": "unknown_value", "/filter/x": "unknown_field"]
        ),
        (
          #"{"filter": {}, "set": {"name": "a", "state": "gone", "team": "x"}}"#,
          ["/set/name": "unknown_field", "/set/state": "unknown_value", "/set/team": "wrong_type"]
        ),
        (#"{"filter": {}, "set": []}"#, ["/set": "wrong_type"]),
      ] {
        let reply = try await ours.asker.post("groups/edits", body)
        #expect(reply.status == 422 && reply.errors == errors, "\(reply)")
      }
    }
  }

  @Test func aMergePatchKnowsTheNewFields() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = ours.uri("groups/{group}")
      let person = try await house.person(of: house.agency).description
      let avatar = ours.ids["medium"] ?? ""
      let edited = try await ours.asker.json(
        .patch, path,
        """
        {"platform": "wecom", "purpose": "陪伴成长", "keeper_id": "\(person)", "team": ["\(person)"], "size": 12,
         "announcement": "今晚八点", "avatar_id": "\(avatar)", "rules_id": "\(ours.ids["rules"] ?? "")", "state": "full"}
        """)
      #expect(edited.status == 200 && edited.json["team"]?.array == [.string(person)], "\(edited)")
      #expect(edited.json["announcement"]?.string == "今晚八点" && edited.json["size"] == .number("12"))
      let down = try await ours.asker.json(.patch, path, #"{"announcement": null}"#)
      #expect(down.status == 200 && down.json["announcement"] == nil)
      let history = try await ours.asker.get("\(path)/announcements?limit=1")
      #expect(
        history.items.count == 1 && history.items[0]["text"] == nil && history.headers[.link] != nil, "\(history)")
      #expect(try await walk(ours.asker, "groups?kept=true&announced=false&size_from=12") == ["一群"])
      let wrong = try await ours.asker.json(
        .patch, path, #"{"purpose": "a\u202Eb", "team": ["\#(person)", "\#(person)"], "size": -1, "platform": "qq"}"#)
      #expect(wrong.errors == ["/platform": "unknown_value"], "\(wrong)")
      let others = try await ours.asker.json(
        .patch, path, #"{"purpose": "a\u202Eb", "team": ["\#(person)", "\#(person)"], "size": -1}"#)
      #expect(
        others.errors == ["/purpose": "malformed", "/team/1": "taken", "/size": "out_of_range"], "\(others)")
    }
  }

  @Test func onlyTheAgencysPeopleCanBeNamed() async throws {
    try await withAPI { api, house in
      let (known, other) = (try await house.person(of: house.agency), try await house.person(of: house.otherAgency))
      let api = api.within(try await house.brand().slug)
      for stranger in [other, PersonID()] {
        let refused = try await api.post(
          "groups",
          #"{"name": "a", "keeper_id": "\#(known)", "stand_in_id": "\#(stranger)", "team": ["\#(stranger)"]}"#)
        #expect(refused.errors == ["/stand_in_id": "unknown_reference", "/team/0": "unknown_reference"], "\(refused)")
        let many = try await api.post("groups/edits", #"{"filter": {}, "set": {"keeper_id": "\#(stranger)"}}"#)
        #expect(many.errors == ["/set/keeper_id": "unknown_reference"], "\(many)")
      }
      let made = try await api.post("groups", #"{"name": "a", "keeper_id": "\#(known)"}"#)
      #expect(made.status == 201, "\(made)")
      // Who has left since stays until somebody else is named.
      try await house.deployment.owner.transaction { transaction in
        _ = try await transaction.query(
          "update control.agency_people set state = 'left', left_at = now() where person_id = \(known)")
      }
      #expect(try await api.json(.patch, "groups/\(made.id)", #"{"region": "上海"}"#).status == 200)
      let named = try await api.json(.patch, "groups/\(made.id)", #"{"team": ["\#(known)", "\#(other)"]}"#)
      #expect(named.errors == ["/team/1": "unknown_reference"], "\(named)")
    }
  }

  @Test func aDayIsWrittenDownAndSeenInItsSheet() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = ours.uri("groups/{group}/daily-records")
      let written = try await ours.asker.json(.put, "\(path)/2026-03-08", #"{"members": 286, "remarks": "晚间秒杀"}"#)
      #expect(written.status == 200 && written.json["members"] == .number("286"), "\(written)")
      let listed = try await ours.asker.get("\(path)?from=2026-03-01&to=2026-03-31")
      #expect(listed.items == [written.json], "\(listed)")
      let sheet = try await ours.asker.get("daily-records/2026-03-08?sort=name&limit=1")
      #expect(sheet.items[0]["record"] == written.json && sheet.items[0]["size"] == .number("286"), "\(sheet)")
      let many = try await ours.asker.json(
        .put, "daily-records/2026-03-08", #"{"items": [{"group_id": "\#(ours.ids["group"] ?? "")", "joins": 3}]}"#)
      #expect(many.status == 200 && many.json["changed"] == .number("1"), "\(many)")
      #expect(try await ours.asker.json(.put, "\(path)/2026-03-08", "{}").status == 204)
      #expect(try await ours.asker.get("\(path)?from=2026-03-08&to=2026-03-08").items.isEmpty)
      for (address, body, errors) in [
        (
          "\(path)/2026-03-08", #"{"members": -1, "joins": "x", "x": 1}"#,
          ["/joins": "wrong_type", "/x": "unknown_field"]
        ),
        ("\(path)/2026-03-08", #"{"members": -1, "remarks": "a\u0000"}"#, ["/remarks": "malformed"]),
        ("\(path)/2999-01-01", #"{"members": 1}"#, ["day": "out_of_range"]),
        ("\(path)/1999-12-31", #"{"members": 1}"#, ["day": "out_of_range"]),
        ("daily-records/2999-01-01", #"{"items": []}"#, ["day": "out_of_range"]),
        ("daily-records/2026-03-08", #"{"items": [{"joins": 1}]}"#, ["/items/0/group_id": "required"]),
      ] {
        let reply = try await ours.asker.json(.put, address, body)
        #expect(reply.status == 422 && reply.errors == errors, "\(address) \(body): \(reply)")
      }
      #expect(try await ours.asker.json(.put, "\(path)/2026-02-30", "{}").status == 404)
      #expect(try await ours.asker.get("\(path)?from=2020-01-01&to=2026-03-08").errors == ["from": "out_of_range"])
      #expect(try await ours.asker.get("\(path)?from=2026-03-09&to=2026-03-08").errors == ["from": "out_of_range"])
    }
  }

  @Test func goalsAndRulesAreEditedByVersions() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let goal = ours.uri("groups/{group}/goals/{goal}")
      let further = try await ours.asker.json(.patch, goal, #"{"progress": 12.5}"#, headers: [.ifMatch: "\"v1\""])
      #expect(further.status == 200 && further.json["progress"] == .number("12.5"), "\(further)")
      #expect(try await ours.asker.json(.patch, goal, #"{"progress": 1}"#, headers: [.ifMatch: "\"v1\""]).status == 412)
      #expect(try await ours.asker.json(.patch, goal, #"{"target": 0}"#).errors == ["/target": "out_of_range"])
      let rules = ours.uri("rules/{rules}")
      #expect(try await ours.asker.json(.patch, rules, #"{"text": "2. 文明发言"}"#).headers[.eTag] == "\"v2\"")
      let versions = try await ours.asker.get("\(rules)/versions?limit=1")
      #expect(versions.items.map { $0["version"] } == [.number("2")] && versions.headers[.link] != nil)
      #expect(try await ours.asker.get("\(rules)/versions?after=2").items.map { $0["text"]?.string } == ["不发广告"])
    }
  }
}

extension House {
  /// Somebody of an agency.
  func person(of agency: Agency) async throws -> PersonID {
    let id = PersonID()
    try await deployment.owner.transaction { transaction in
      _ = try await transaction.query(
        """
        insert into control.people (id, email, name, language) values (\(id), \("\(id)@example.test"), '周敏', 'zh-Hans')
        """)
      _ = try await transaction.query(
        "insert into control.agency_people (agency_id, person_id) values (\(agency.id), \(id))")
    }
    return id
  }
}
