import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

/// Invariant 3: what is another's and what is not there cannot be told apart, on any route.
@Suite struct ForeignThingsTests {
  @Test func anotherAgencysBrandIsLikeNone() async throws {
    try await withAPI { api, house in
      let theirs = try await Furnished.make(api.with(key: house.otherKey), house, of: house.otherAgency)
      for (path, method) in try Self.routes(in: "{brand}") {
        let nobodys = theirs.uri(path, replacing: ["brand": "b-nobodys-1"])
        let unknownID = theirs.uri(path, replacing: ["brand": UUID().uuidString.lowercased()])
        let seen = try await Self.answer(api, method, theirs.uri(path))
        #expect(seen.hasPrefix("404"), "\(method) \(path): \(seen)")
        #expect(try await Self.answer(api, method, nobodys) == seen, "\(method) \(path)")
        #expect(try await Self.answer(api, method, unknownID) == seen, "\(method) \(path)")
        let byID = theirs.uri(path, replacing: ["brand": "\(theirs.brand.id)"])
        #expect(try await Self.answer(api, method, byID) == seen, "\(method) \(path)")
      }
    }
  }

  @Test func anotherBrandsThingsAreLikeNone() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let theirs = try await Furnished.make(api.with(key: house.otherKey), house, of: house.otherAgency)
      for (path, method) in try Self.routes(in: "{brand}") {
        let parameters = Set(ours.ids.keys).subtracting(Furnished.words).subtracting(["brand"])
        for parameter in parameters.sorted() where path.contains("{\(parameter)}") {
          let foreign = ours.uri(path, replacing: [parameter: theirs.ids[parameter] ?? ""])
          let unknown = ours.uri(path, replacing: [parameter: UUID().uuidString.lowercased()])
          let noID = ours.uri(path, replacing: [parameter: "x"])
          let seen = try await Self.answer(api, method, foreign)
          #expect(seen.hasPrefix("404"), "\(method) \(path) {\(parameter)}: \(seen)")
          #expect(try await Self.answer(api, method, unknown) == seen, "\(method) \(path) {\(parameter)}")
          #expect(try await Self.answer(api, method, noID) == seen, "\(method) \(path) {\(parameter)}")
        }
      }
    }
  }

  /// Without this the tests above would also pass if nothing were ever found.
  @Test func onesOwnThingsAreThere() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      for (path, method) in try Self.routes(in: "{brand}") where method == .get {
        #expect(try await api.get(ours.uri(path)).status == 200, "\(path)")
      }
      for (path, method) in try Self.routes(in: "{brand}") where method != .get && method != .delete {
        let reply = try await Self.answer(api, method, ours.uri(path))
        #expect(reply.hasPrefix("400") || reply.hasPrefix("415") || reply.hasPrefix("422") || reply.hasPrefix("20"))
      }
    }
  }

  @Test func referencesToAnotherBrandsThingsAreUnknown() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let theirs = try await Furnished.make(api.with(key: house.otherKey), house, of: house.otherAgency)
      let group = try await ours.asker.post(
        "groups", #"{"name": "x", "channel_id": "\#(theirs.ids["channel"] ?? "")"}"#)
      #expect(group.errors == ["/channel_id": "unknown_reference"], "\(group)")
      for (field, thing) in [("avatar_id", "medium"), ("rules_id", "rules")] {
        let reply = try await ours.asker.post("groups", #"{"name": "x", "\#(field)": "\#(theirs.ids[thing] ?? "")"}"#)
        #expect(reply.errors == ["/\(field)": "unknown_reference"], "\(reply)")
      }
      let merged = try await ours.asker.post(
        "groups", #"{"name": "x", "state": "merged", "merged_into_id": "\#(theirs.ids["group"] ?? "")"}"#)
      #expect(merged.errors == ["/merged_into_id": "unknown_reference"], "\(merged)")
      let invited = try await ours.asker.json(
        .put, ours.uri("groups/{group}/members/{member}"), #"{"invited_by_id": "\#(theirs.ids["member"] ?? "")"}"#)
      #expect(invited.errors == ["/invited_by_id": "unknown_reference"], "\(invited)")
      let many = try await ours.asker.post(
        "groups/edits", #"{"groups": ["\#(theirs.ids["group"] ?? "")"], "set": {"region": "x"}}"#)
      #expect(many.errors == ["/groups/0": "unknown_reference"], "\(many)")
      let sheet = try await ours.asker.json(
        .put, "daily-records/2026-03-08", #"{"items": [{"group_id": "\#(theirs.ids["group"] ?? "")", "joins": 1}]}"#)
      #expect(sheet.errors == ["/items/0/group_id": "unknown_reference"], "\(sheet)")
      let content = try await ours.asker.post(
        "contents",
        #"{"title": "x", "kind": "file", "weight": "core", "body": {"media_id": "\#(theirs.ids["medium"] ?? "")"}}"#)
      #expect(content.errors == ["/body/media_id": "unknown_reference"], "\(content)")
      let plan = try await ours.asker.post(
        "plans",
        """
        {"name": "x", "contents": ["\(theirs.ids["content"] ?? "")"], "audience": {"all": true},
         "recurrence": {"kind": "once", "date": "2099-01-01", "time": "09:30"}}
        """)
      #expect(plan.errors == ["/contents/0": "unknown_reference"], "\(plan)")
      let filtered = try await ours.asker.get("touches?plan=\(theirs.ids["plan"] ?? "")")
      #expect(filtered.status == 200 && filtered.items.isEmpty)
    }
  }

  private static func routes(in part: String) throws -> [(path: String, method: HTTPRequest.Method)] {
    try Contract().operations.filter { $0.path.contains(part) }
      .compactMap { operation in HTTPRequest.Method(rawValue: operation.method).map { (operation.path, $0) } }
  }

  /// Status, body but for the request's id, and the headers that do not name the request.
  private static func answer(_ api: Asker, _ method: HTTPRequest.Method, _ uri: String) async throws -> String {
    // A body that no route takes: it must not matter where the thing is not there.
    let reply = try await api.send(method, uri, body: Array("{nonsense".utf8), headers: [.contentType: "text/plain"])
    var body = reply.json.object ?? [:]
    body["request_id"] = nil
    let headers = reply.headers.filter { $0.name != .requestID }.map { "\($0.name): \($0.value)" }.sorted()
    return "\(reply.status) \(body.sorted { $0.key < $1.key }) \(headers)"
  }
}
