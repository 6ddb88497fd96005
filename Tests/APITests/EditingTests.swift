import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

@Suite struct EditingTests {
  @Test func aPatchChangesWhatItNamesAndNothingElse() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let made = try await api.post(
        "groups", #"{"name": "一群", "region": "上海", "owner": "小芽", "tags": ["新客"], "capacity": 300}"#)
      let edited = try await api.json(.patch, "groups/\(made.id)", #"{"region": null, "name": "二群"}"#)
      #expect(edited.status == 200 && edited.headers[.eTag] == "\"v2\"", "\(edited)")
      var expected = made.json.object ?? [:]
      expected["region"] = nil
      expected["name"] = .string("二群")
      expected["version"] = .number("2")
      #expect(edited.json == .object(expected))
      #expect(try await api.get("groups/\(made.id)").json == edited.json)
    }
  }

  @Test func aPatchThatChangesNothingWritesNothing() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let plan = "plans/\(ours.ids["plan"] ?? "")"
      let before = try await ours.asker.get(plan)
      let same = try await ours.asker.json(.patch, plan, #"{"name": "晨间"}"#)
      #expect(same.json == before.json && before.json["state"]?.string == "approved")
      let changed = try await ours.asker.json(.patch, plan, #"{"name": "早间"}"#)
      #expect(changed.json["state"]?.string == "draft", "an edit takes the approval back")
    }
  }

  @Test func aPatchOfAnotherMediaTypeIsTakenToo() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let made = try await api.post("members", #"{"name": "小鱼妈"}"#)
      let edited = try await api.json(
        .patch, "members/\(made.id)", #"{"name": "大鱼妈"}"#, headers: [.contentType: "application/merge-patch+json"])
      #expect(edited.status == 200)
    }
  }

  @Test func aPatchNamesOnlyWhatCanBeSet() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let api = api.within(brand.slug)
      let made = try await api.post("members", #"{"name": "a"}"#)
      for path in ["members/\(made.id)", "settings"] {
        let reply = try await api.json(.patch, path, #"{"version": 3, "versoin": null, "state": 1}"#)
        #expect(reply.status == 422 && reply.errors["/version"] == "read_only", "\(reply)")
        #expect(reply.errors["/versoin"] == "unknown_field", "a null for a misspelt name removes nothing: \(reply)")
      }
      let noObject = try await api.json(.patch, "members/\(made.id)", "[]")
      #expect(noObject.errors == ["": "wrong_type"], "\(noObject)")
      let needed = try await api.json(.patch, "members/\(made.id)", #"{"name": null}"#)
      #expect(needed.errors == ["/name": "required"], "\(needed)")
    }
  }

  @Test func ifMatchHoldsAnEditToAVersion() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let path = "members/\(try await api.post("members", #"{"name": "a"}"#).id)"
      let first = try await api.json(.patch, path, #"{"name": "b"}"#, headers: [.ifMatch: "\"v1\""])
      #expect(first.status == 200)
      for stale in ["\"v1\"", "\"v3\"", "W/\"v2\"", "\"x\"", "\"v99999999999\""] {
        let late = try await api.json(.patch, path, #"{"name": "c"}"#, headers: [.ifMatch: stale])
        #expect(late.status == 412 && late.headers[.eTag] == "\"v2\"", "\(stale): \(late)")
      }
      let malformed = try await api.json(.patch, path, #"{"name": "c"}"#, headers: [.ifMatch: "v2"])
      #expect(malformed.status == 400 && malformed.problem == "/problems/bad-header")
      #expect(try await api.get(path).json["name"]?.string == "b")
      #expect(try await api.json(.patch, path, #"{"name": "c"}"#, headers: [.ifMatch: "*"]).status == 200)
    }
  }

  @Test func ifMatchHoldsApprovalsToo() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let plan = "plans/\(ours.ids["plan"] ?? "")"
      for (method, path) in [(HTTPRequest.Method.put, "approval"), (.delete, "approval"), (.put, "pause")] {
        let late = try await ours.asker.send(method, "\(plan)/\(path)", headers: [.ifMatch: "\"v1\""])
        #expect(late.status == 412, "\(method) \(path): \(late)")
      }
      let tag = try #require(try await ours.asker.get(plan).headers[.eTag])
      let paused = try await ours.asker.send(.put, "\(plan)/pause", headers: [.ifMatch: tag])
      #expect(paused.status == 200 && paused.json["state"]?.string == "paused")
      let withdrawn = try await ours.asker.send(.delete, "\(plan)/approval")
      #expect(withdrawn.status == 200 && withdrawn.json["state"]?.string == "draft")
      #expect(try await ours.asker.get("touches?state=planned").items.isEmpty)
    }
  }

  @Test func whoeverHasTheVersionIsNotSentItAgain() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      for (path, parameter) in [
        ("groups", "group"), ("channels", "channel"), ("plans", "plan"), ("contents", "content"),
      ] {
        let shown = try await ours.asker.get("\(path)/\(ours.ids[parameter] ?? "")")
        let tag = try #require(shown.headers[.eTag])
        let again = try await ours.asker.get(
          "\(path)/\(ours.ids[parameter] ?? "")", headers: [.ifNoneMatch: "\"v0\", \(tag)"])
        #expect(again.status == 304 && again.bytes.isEmpty && again.headers[.eTag] == tag, "\(path): \(again)")
        let other = try await ours.asker.get("\(path)/\(ours.ids[parameter] ?? "")", headers: [.ifNoneMatch: "\"v0\""])
        #expect(other.status == 200)
      }
    }
  }

  @Test func editsAtTheSameTimeAllArrive() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let path = "groups/\(try await api.post("groups", #"{"name": "一群"}"#).id)"
      let patches = [#"{"region": "上海"}"#, #"{"owner": "小芽"}"#, #"{"kind": "新客群"}"#]
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for patch in patches { group.addTask { try await api.json(.patch, path, patch) } }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      #expect(replies.allSatisfy { $0.status == 200 }, "\(replies)")
      let group = try await api.get(path).json
      #expect(group["region"]?.string == "上海" && group["owner"]?.string == "小芽" && group["kind"]?.string == "新客群")
      #expect(group["version"] == .number("4"))
    }
  }

  @Test func aPieceIsReplacedWholeAndKeepsItsKind() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "contents/\(ours.ids["content"] ?? "")"
      let replaced = try await ours.asker.json(
        .put, path, #"{"title": "晚安", "kind": "text", "weight": "service", "body": {"text": "晚安"}}"#)
      #expect(replaced.status == 200 && replaced.json["version"] == .number("2"), "\(replaced)")
      let other = try await ours.asker.json(
        .put, path, #"{"title": "晚安", "kind": "markdown", "weight": "service", "body": {"text": "晚安"}}"#)
      #expect(other.errors == ["/kind": "read_only"], "\(other)")
      let partial = try await ours.asker.json(.put, path, #"{"title": "晚安"}"#)
      #expect(partial.errors == ["/kind": "required", "/weight": "required", "/body": "required"], "\(partial)")
    }
  }

  @Test func unknownDeliveriesAreResolvedOnce() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "deliveries/\(ours.ids["delivery"] ?? "")"
      let resolved = try await ours.asker.json(.put, "\(path)/resolution", #"{"arrived": true}"#)
      #expect(resolved.status == 200 && resolved.json["state"]?.string == "delivered", "\(resolved)")
      #expect(resolved.json["detail"]?.string == "测试", "in the name of the key")
      let again = try await ours.asker.json(.put, "\(path)/resolution", #"{"arrived": false}"#)
      #expect(again.status == 409 && again.problem == "/problems/wrong-state", "\(again)")
      let tally = try await ours.asker.get("deliveries/tally")
      #expect(tally.items.first?["reason"]?.string == "decided_by_person")
    }
  }

  @Test func membersJoinAndLeave() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let place = "groups/\(ours.ids["group"] ?? "")/members/\(ours.ids["member"] ?? "")"
      #expect(try await ours.asker.send(.delete, place).status == 204)
      #expect(try await ours.asker.send(.delete, place).status == 404)
      let left = try await ours.asker.get("groups/\(ours.ids["group"] ?? "")/members").items.first
      #expect(left?["left_at"] != nil)
      let back = try await ours.asker.json(
        .put, place, #"{"joined_at": "2026-03-08T09:30:00+08:00", "source": "门店扫码"}"#)
      #expect(back.status == 200 && back.json["left_at"] == nil, "\(back)")
      #expect(back.json["joined_at"]?.string == "2026-03-08T01:30:00.000Z")
      #expect(try await ours.asker.send(.put, place).status == 200, "the body may be left out")
    }
  }

  @Test func mediaComeBackAsTheyWere() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "media/\(ours.ids["medium"] ?? "")"
      let medium = try await ours.asker.get(path)
      #expect(medium.json["type"]?.string == "image/png" && medium.json["size"] == .number("\(Furnished.png.count)"))
      let bytes = try await ours.asker.get("\(path)/bytes")
      #expect(bytes.bytes == Furnished.png && bytes.headers[.contentType] == "image/png")
      #expect(bytes.headers[.contentDisposition]?.hasPrefix("attachment") == true)
      let tag = try #require(bytes.headers[.eTag])
      #expect(try await ours.asker.get("\(path)/bytes", headers: [.ifNoneMatch: tag]).status == 304)
    }
  }
}
