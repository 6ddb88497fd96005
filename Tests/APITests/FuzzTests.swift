import Community
import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

/// Random bodies against every route that takes JSON: whatever comes, it is never our mistake.
@Suite struct FuzzTests {
  @Test func noBodyIsAnInternalError() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("fuzz seed \(seed)")
    try await withAPI { api, house in
      var chance = Chance(seed: seed)
      let ours = try await Furnished.make(api, house)
      let contract = try Contract()
      var statuses: [Int: Int] = [:]
      for (path, method, operation) in contract.operations {
        guard let schema = contract.bodySchema(of: operation), let method = HTTPRequest.Method(rawValue: method) else {
          continue
        }
        let example = contract.schemas[schema]?["example"] ?? .object([:])
        for _ in 0..<(path == "/v1/brands" ? 15 : 60) {
          let body = mutated(example, &chance, ours).text
          let reply = try await api.json(method, ours.uri(path), body)
          #expect(reply.status < 500, "seed \(seed): \(method) \(path) \(body): \(reply)")
          statuses[reply.status, default: 0] += 1
        }
      }
      // Else the bodies would be too wild to get past the first check, or too tame to fail one.
      #expect(statuses[200, default: 0] > 10 && statuses[422, default: 0] > 10, "seed \(seed): \(statuses)")
      print("fuzz statuses \(statuses)")
    }
  }

  @Test func noBytesAreAnInternalError() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("fuzz seed \(seed)")
    try await withAPI { api, house in
      var chance = Chance(seed: seed)
      let brand = api.within(try await house.brand().slug)
      for _ in 0..<300 {
        var bytes = Array(#"{"name": "一群", "tags": ["a", "b"], "capacity": 3}"#.utf8)
        for _ in 0...chance.below(4) { bytes[chance.below(bytes.count)] = UInt8(chance.below(256)) }
        let path = [
          "groups", "members", "contents", "imports?subject=groups&name=a", "imports?subject=members&name=a",
        ][chance.below(5)]
        let type = path.hasPrefix("imports") ? "text/csv" : "application/json"
        let reply = try await brand.send(.post, path, body: bytes, headers: [.contentType: type])
        #expect(reply.status < 500, "seed \(seed): \(path) \(bytes): \(reply)")
      }
    }
  }

  @Test func noQueryIsAnInternalError() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("fuzz seed \(seed)")
    try await withAPI { api, house in
      var chance = Chance(seed: seed)
      let ours = try await Furnished.make(api, house)
      let paths = [
        "groups", "groups/tally", "daily-records/2026-03-08", "rules", "members", "touches", "deliveries", "plans",
        "contents", "media", "channels",
      ]
      for _ in 0..<900 {
        let names =
          ["limit", "after", "tag", "state", "plan", "touch", "x", "sort", "fields", "phone_tail"]
          + GroupFilter.CodingKeys.allCases.map(\.rawValue)
        let name = names[chance.below(names.count)]
        let value = [
          "", "1", "-1", "%00", "%FF", "%E7%BE%A4", "x", "00000000-0000-0000-0000-000000000000", "%", "1%2e",
          "00000000-0000-0000-0000-000000000000~99999999999", "-size", "-name", "true", "open,full", "%E2%80%AE",
          "12345678901234567890", "name,,id",
        ][chance.below(18)]
        let reply = try await ours.asker.get("\(paths[chance.below(paths.count)])?\(name)=\(value)")
        #expect(reply.status < 500, "seed \(seed): \(name)=\(value): \(reply)")
      }
    }
  }

  /// The value with some of its parts replaced, left out or added to.
  private func mutated(_ value: JSONValue, _ chance: inout Chance, _ ours: Furnished) -> JSONValue {
    if chance.below(6) == 0 { return random(&chance, ours, depth: 0) }
    switch value {
    case .object(var members):
      for name in members.keys.sorted() {
        switch chance.below(8) {
        case 0: members[name] = nil
        default: members[name] = mutated(members[name] ?? .null, &chance, ours)
        }
      }
      if chance.below(8) == 0 { members[text(&chance)] = random(&chance, ours, depth: 0) }
      return .object(members)
    case .array(let elements):
      return .array(
        elements.map { mutated($0, &chance, ours) } + (chance.below(6) == 0 ? [random(&chance, ours, depth: 0)] : []))
    default: return value
    }
  }

  private func random(_ chance: inout Chance, _ ours: Furnished, depth: Int) -> JSONValue {
    switch chance.below(depth > 2 ? 5 : 8) {
    case 0: return .null
    case 1: return .bool(chance.below(2) == 0)
    case 2: return .number(["0", "-1", "1.5", "1e400", "99999999999999999999", "2147483648", "-0"][chance.below(7)])
    case 3: return .string(text(&chance))
    case 4: return .string(ours.ids.values.sorted()[chance.below(ours.ids.count)])
    case 5: return .array((0..<chance.below(4)).map { _ in random(&chance, ours, depth: depth + 1) })
    case 6:
      return .object([
        "kind": .string(["once", "daily", "weekly"][chance.below(3)]), "start": .string("9999-12-31"),
        "times": .array([.string("23:59")]),
      ])
    default: return .object([text(&chance): random(&chance, ours, depth: depth + 1)])
    }
  }

  private func text(_ chance: inout Chance) -> String {
    let texts = [
      "", "\0", "a\u{0}b", "群", String(repeating: "长", count: 101), String(repeating: "👨‍👩‍👧‍👦", count: 60),
      "'; drop table groups; --",
      "2026-02-30", "9999-12-31", "0001-01-01", "24:00", "\u{202E}abc", "\u{FFFF}", "https://", "../..", "e\u{301}",
      "%s%n",
    ]
    return texts[chance.below(texts.count)]
  }
}
