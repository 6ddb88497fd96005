import Foundation
import HTTPTypes
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import API

/// Invariant 10: bad input gets an error that names the field and the remedy, and nothing is done.
@Suite struct BadInputTests {
  @Test(arguments: [
    (#"{"name": "x""#, 1, 13), ("{\n\"name\": x}", 2, 9), (#"{"name": "x"} {}"#, 1, 15),
    (#"{"name": "a", "name": "b"}"#, 1, 15),
    ("", 1, 1), (String(repeating: "[", count: 5000), 1, 33),
  ])
  func malformedJSONIsPlaced(body: String, line: Int, column: Int) async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let reply = try await api.post("members", body)
      #expect(reply.status == 400 && reply.problem == "/problems/malformed-json", "\(reply)")
      let detail = reply.json["detail"]?.string ?? ""
      #expect(detail.contains("第 \(line) 行第 \(column) 列"), "\(detail)")
      #expect(try await api.get("members").items.isEmpty)
    }
  }

  @Test func bytesThatAreNoTextAreRefused() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let reply = try await api.send(
        .post, "members", body: Array(#"{"name": ""#.utf8) + [0xB0, 0xA1] + Array(#""}"#.utf8),
        headers: [.contentType: "application/json"])
      #expect(reply.status == 400 && reply.json["detail"]?.string?.contains("UTF-8") == true, "\(reply)")
    }
  }

  /// What is sent, where, and which fields are named with which code.
  static let wrong: [(path: String, body: String, errors: [String: String])] = [
    ("members", "[]", ["": "wrong_type"]), ("members", "null", ["": "wrong_type"]),
    ("members", #"{"nme": "x"}"#, ["/name": "required", "/nme": "unknown_field"]),
    ("members", #"{"name": 5}"#, ["/name": "wrong_type"]), ("members", #"{"name": "  "}"#, ["/name": "required"]),
    ("members", #"{"name": "\#(String(repeating: "长", count: 101))"}"#, ["/name": "too_long"]),
    ("members", #"{"name": "a\u0000b"}"#, ["/name": "malformed"]),
    ("members", #"{"name": "a", "phone": "13800000001"}"#, ["/phone": "malformed"]),
    ("members", #"{"name": "a", "birthday": "2026-02-30"}"#, ["/birthday": "malformed"]),
    ("groups", #"{"name": "a", "capacity": 0}"#, ["/capacity": "out_of_range"]),
    ("groups", #"{"name": "a", "capacity": 1.5}"#, ["/capacity": "wrong_type"]),
    ("groups", #"{"name": "a", "capacity": 99999999999999999999}"#, ["/capacity": "out_of_range"]),
    ("groups", #"{"name": "a", "tags": ["x", ""]}"#, ["/tags/1": "required"]),
    ("groups", #"{"name": "a", "tags": {"x": 1}}"#, ["/tags": "wrong_type"]),
    ("groups", #"{"name": "a", "state": "gone"}"#, ["/state": "unknown_value"]),
    ("groups", #"{"name": "a", "channel_id": "1"}"#, ["/channel_id": "malformed"]),
    (
      "groups", #"{"name": "a", "channel_id": "0192f1c4-7a3b-7c11-9d2e-5b8f0a6c3e71"}"#,
      ["/channel_id": "unknown_reference"]
    ),
    (
      "channels", #"{"kind": "telegram", "name": "a", "webhook": "a b"}"#,
      ["/kind": "unknown_value", "/webhook": "malformed"]
    ),
    ("contents", #"{"title": "t", "kind": "text", "weight": "core", "body": {}}"#, ["/body/text": "required"]),
    (
      "contents", #"{"title": "t", "kind": "text", "weight": "core", "body": {"text": "x", "url": "https://a.cn"}}"#,
      ["/body/url": "unknown_field"]
    ),
    (
      "contents",
      #"{"title": "t", "kind": "text", "weight": "core", "body": {"text": "\#(String(repeating: "早", count: 683))"}}"#,
      ["/body/text": "too_many_bytes"]
    ),
    (
      "contents",
      #"{"title": "t", "kind": "link_card", "weight": "core", "body": {"title": "a", "url": "javascript:x"}}"#,
      ["/body/url": "malformed"]
    ),
    (
      "plans", #"{"name": "p", "contents": [], "audience": {}, "recurrence": {"kind": "hourly"}}"#,
      ["/recurrence/kind": "unknown_value"]
    ),
    (
      "plans",
      #"{"name": "p", "contents": [], "audience": {}, "recurrence": {"kind": "once", "date": "2099-01-01", "time": "9:30"}}"#,
      ["/recurrence/time": "malformed"]
    ),
    (
      "plans",
      #"{"name": "p", "contents": [], "audience": {"all": true, "tags": ["x"]}, "recurrence": {"kind": "once", "date": "2099-01-01", "time": "09:30"}}"#,
      ["/contents": "required", "/audience": "malformed"]
    ),
  ]

  @Test(arguments: wrong.indices)
  func wrongFieldsAreNamedAndNothingIsDone(index: Int) async throws {
    let (path, body, errors) = Self.wrong[index]
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let reply = try await api.post(path, body)
      #expect(reply.status == 422 && reply.problem == "/problems/invalid-input", "\(reply)")
      #expect(reply.errors == errors, "\(reply)")
      #expect(reply.headers[.contentType] == "application/problem+json")
      #expect(try await api.get(path).items.isEmpty)
    }
  }

  @Test func theLanguageIsTheCallers() async throws {
    try await withAPI { api, house in
      var api = api.within(try await house.brand().slug)
      let chinese = try await api.post("members", #"{"nme": "x"}"#)
      api.language = "en-GB,en;q=0.9"
      let english = try await api.post("members", #"{"nme": "x"}"#)
      #expect(chinese.headers[.contentLanguage] == "zh-Hans" && english.headers[.contentLanguage] == "en")
      #expect(chinese.json["title"]?.string == "提交的内容有误")
      #expect(english.json["title"]?.string == "Something in the input is wrong")
      let details = (english.json["errors"]?.array ?? []).compactMap { $0["detail"]?.string }
      #expect(details.contains("“name” is missing or empty. Give it a value."), "\(details)")
      #expect(chinese.json["request_id"]?.string == chinese.headers[.requestID])
    }
  }

  @Test func aBodyOverTheLimitIsRefusedBeforeItIsRead() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let name = String(repeating: "a", count: 1 << 20)
      let reply = try await api.post("members", #"{"name": "\#(name)"}"#)
      #expect(reply.status == 413 && reply.problem == "/problems/body-too-large", "\(reply)")
      #expect(reply.json["detail"]?.string?.contains("1048576") == true)
      let sheet = try await api.send(
        .post, "imports?subject=groups&name=a", body: [UInt8](repeating: 0x61, count: (32 << 20) + 1),
        headers: [.contentType: "text/csv"])
      #expect(sheet.status == 413, "\(sheet)")
      let medium = try await api.send(.post, "media?name=a", body: [UInt8](repeating: 1, count: (20 << 20) + 1))
      #expect(medium.status == 422 && medium.errors == ["": "too_many_bytes"], "\(medium)")
    }
  }

  @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=gbk", "json"])
  func anotherMediaTypeIsRefused(type: String) async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let reply = try await api.post("members", #"{"name": "a"}"#, headers: [.contentType: type])
      #expect(reply.status == 415 && reply.json["detail"]?.string?.contains("application/json") == true, "\(reply)")
      let good = try await api.post(
        "members", #"{"name": "a"}"#, headers: [.contentType: "Application/JSON; charset=\"utf-8\""])
      #expect(good.status == 201)
    }
  }

  @Test(arguments: [
    nil, "", "Bearer", "Bearer nq_nobodys", "Basic bnE6bnE=", "Bearer \(String(repeating: "x", count: 5000))",
  ])
  func withoutAKeyNothingIsSaid(authorization: String?) async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      for path in ["agency", "brands", "brands/\(brand.slug)/members", "brands/nobodys/members"] {
        var headers: HTTPFields = [:]
        if let authorization { headers[.authorization] = authorization }
        let reply = try await api.with(key: nil).get(path, headers: headers)
        #expect(reply.status == 401 && reply.problem == "/problems/unauthenticated", "\(path): \(reply)")
        #expect(reply.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
      }
    }
  }

  @Test func aRevokedKeyStopsWithinSeconds() async throws {
    try await withAPI { api, house in
      let key = try await APIKeyStore(house.deployment.owner).create(for: house.agency.id, name: "bald weg")
      let api = api.with(key: key.text)
      #expect(try await api.get("agency").status == 200)
      try await house.deployment.owner.transaction { transaction in
        _ = try await transaction.query("update control.api_keys set revoked_at = now() where name = 'bald weg'")
      }
      let deadline = ContinuousClock.now + .seconds(20)
      while try await api.get("agency").status == 200, .now < deadline { try await Task.sleep(for: .milliseconds(100)) }
      #expect(try await api.get("agency").status == 401)
    }
  }

  @Test func addressesAndMethodsThatDoNotExist() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand().slug
      for path in ["/", "/v2", "/v1/brandz", "/v1/brands/\(brand)/grups", "/v1/brands/\(brand)/groups/x/y/z"] {
        let reply = try await api.get(path)
        #expect(reply.status == 404 && reply.problem == "/problems/unknown-route", "\(path): \(reply)")
      }
      let wrong = try await api.send(.delete, "/v1/brands/\(brand)/groups")
      #expect(wrong.status == 405 && wrong.headers[.allow] == "GET, HEAD, POST", "\(wrong)")
      let head = try await api.send(.head, "/v1/brands/\(brand)/groups")
      #expect(head.status == 200 && head.bytes.isEmpty)
    }
  }

  @Test func aBrandsDraftIsChecked() async throws {
    try await withAPI { api, _ in
      for (body, errors) in [
        (#"{"slug": "A b", "name": "x"}"#, ["/slug": "malformed"]),
        (#"{"slug": "ab-1", "name": ""}"#, ["/name": "out_of_range"]),
        (#"{"slug": "ab-1", "name": "x", "zone": "Mars/Base"}"#, ["/zone": "unknown_value"]),
        (#"{"slug": "ab-1"}"#, ["/name": "required"]),
      ] {
        let reply = try await api.post("brands", body)
        #expect(reply.status == 422 && reply.errors == errors, "\(body): \(reply)")
      }
    }
  }

  @Test func withoutTheOwnersConnectionNoBrandIsMade() async throws {
    try await withAPI({ $0.dependencies(brandCreation: false) }) { api, _ in
      let reply = try await api.post("brands", #"{"slug": "x-1", "name": "x"}"#)
      #expect(reply.status == 503 && reply.problem == "/problems/brand-creation-off", "\(reply)")
    }
  }

  @Test func theAccountOfAnotherChannelIsTakenWhoeverHasIt() async throws {
    try await withAPI { api, house in
      let body = #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(UUID().uuidString.lowercased())"}"#
      let theirs = api.with(key: house.otherKey).within(try await house.brand(of: house.otherAgency).slug)
      #expect(try await theirs.post("channels", body).status == 201)
      let reply = try await api.within(try await house.brand().slug).post("channels", body)
      #expect(reply.status == 422 && reply.errors == ["/webhook": "taken"], "\(reply)")
    }
  }

  @Test func secretsAreNotShownAgain() async throws {
    try await withAPI { api, house in
      let brand = api.within(try await house.brand().slug)
      let key = UUID().uuidString.lowercased()
      let made = try await brand.post("channels", #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(key)"}"#)
      #expect(made.status == 201 && !made.text.contains(key))
      #expect(!(try await brand.get("channels").text.contains(key)))
      let wrong = try await brand.post(
        "channels", #"{"kind": "wecom_robot", "name": "", "webhook": "https://x/?key=\#(key)"}"#)
      #expect(!wrong.text.contains(key), "\(wrong)")
    }
  }
}
