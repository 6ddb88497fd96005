import Foundation
import HTTPTypes
import Postgres
import Tenancy
import Testing

@testable import API

@Suite struct IdempotencyTests {
  private static let member = #"{"name": "小鱼妈", "phone": "+8613800000001"}"#

  @Test func aRepeatedRequestIsAnsweredAsTheFirstTime() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let headers: HTTPFields = [.idempotencyKey: "import-1/a"]
      let first = try await api.post("members", Self.member, headers: headers)
      let second = try await api.post("members", Self.member, headers: headers)
      #expect(first.status == 201 && second.status == 201)
      #expect(first.bytes == second.bytes)
      #expect(first.headers[.idempotencyReplayed] == nil)
      #expect(second.headers[.idempotencyReplayed] == "true")
      #expect(second.headers[.location] == first.headers[.location] && first.headers[.location] != nil)
      #expect(second.headers[.eTag] == "\"v1\"")
      #expect(try await api.get("members").items.count == 1)
    }
  }

  @Test func manyAtOnceMakeOneThing() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let body = #"{"title": "早安", "kind": "text", "weight": "core", "body": {"text": "早呀"}}"#
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for _ in 0..<12 {
          group.addTask { try await api.post("contents", body, headers: [.idempotencyKey: "k"]) }
        }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      #expect(replies.allSatisfy { $0.status == 201 }, "\(replies)")
      #expect(Set(replies.map(\.bytes)).count == 1)
      #expect(replies.count { $0.headers[.idempotencyReplayed] == nil } == 1)
      #expect(try await api.get("contents").items.count == 1)
    }
  }

  /// Shows that the test above would notice: without a key as many things come to be as requests.
  @Test func withoutAKeyEveryRequestMakesOne() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let body = #"{"title": "早安", "kind": "text", "weight": "core", "body": {"text": "早呀"}}"#
      for _ in 0..<3 { #expect(try await api.post("contents", body).status == 201) }
      #expect(try await api.get("contents").items.count == 3)
    }
  }

  @Test func aKeyStandsForOneRequestOnly() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let headers: HTTPFields = [.idempotencyKey: "k"]
      #expect(try await api.post("members", Self.member, headers: headers).status == 201)
      let other = try await api.post("members", #"{"name": "阿May"}"#, headers: headers)
      #expect(other.status == 422 && other.problem == "/problems/idempotency-key-reused", "\(other)")
      let elsewhere = try await api.post("groups", Self.member, headers: headers)
      #expect(elsewhere.status == 422, "\(elsewhere)")
      #expect(try await api.get("members").items.count == 1)
    }
  }

  @Test func whatFailedMayBeCorrectedUnderTheSameKey() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let headers: HTTPFields = [.idempotencyKey: "k"]
      #expect(try await api.post("members", #"{"name": ""}"#, headers: headers).status == 422)
      #expect(try await api.post("members", Self.member, headers: headers).status == 201)
    }
  }

  @Test func keysOfBrandsAreApart() async throws {
    try await withAPI { api, house in
      for brand in [try await house.brand(), try await house.brand()] {
        let reply = try await api.within(brand.slug).post("members", Self.member, headers: [.idempotencyKey: "k"])
        #expect(reply.status == 201 && reply.headers[.idempotencyReplayed] == nil)
      }
    }
  }

  @Test func keysAreForgottenAfterTwoDays() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let api = api.within(brand.slug)
      let body = #"{"name": "阿May"}"#
      let first = try await api.post("members", body, headers: [.idempotencyKey: "k"])
      try await house.tenancy.transaction(of: brand) { transaction in
        _ = try await transaction.query("update idempotency set created_at = now() - interval '49 hours'")
      }
      let later = try await api.post("members", body, headers: [.idempotencyKey: "k"])
      #expect(later.status == 201 && later.id != first.id)
    }
  }

  @Test(arguments: ["", String(repeating: "k", count: 256), "a b", "密钥"])
  func aKeyIsVisibleASCII(key: String) async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let reply = try await api.post("members", Self.member, headers: [.idempotencyKey: key])
      #expect(reply.status == 400 && reply.problem == "/problems/bad-header", "\(reply)")
      #expect(try await api.get("members").items.isEmpty)
    }
  }

  @Test func aBrandIsMadeOnce() async throws {
    try await withAPI { api, house in
      let slug = "once-\(UInt32.random(in: 0 ... .max))"
      let body = #"{"slug": "\#(slug)", "name": "拾鲜里"}"#
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for _ in 0..<3 { group.addTask { try await api.post("brands", body, headers: [.idempotencyKey: slug]) } }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      #expect(replies.allSatisfy { $0.status == 201 }, "\(replies)")
      #expect(Set(replies.map(\.bytes)).count == 1)
      let again = try await api.post("brands", body)
      #expect(again.status == 422 && again.errors == ["/slug": "taken"], "\(again)")
      let other = try await api.post(
        "brands", #"{"slug": "\#(slug)", "name": "别的"}"#, headers: [.idempotencyKey: slug + "-2"])
      #expect(other.errors == ["/slug": "taken"], "\(other)")
      let mended = try await api.post(
        "brands", #"{"slug": "\#(slug)-b", "name": "别的"}"#, headers: [.idempotencyKey: slug + "-2"])
      #expect(mended.status == 201, "a key whose request failed is free again: \(mended)")
    }
  }

  @Test func aBrandWhoseMakingWasCutOffIsFoundAgain() async throws {
    try await withAPI { api, house in
      let slug = "cut-\(UInt32.random(in: 0 ... .max))"
      let body = #"{"slug": "\#(slug)", "name": "拾鲜里"}"#
      let made = try await api.post("brands", body, headers: [.idempotencyKey: slug])
      #expect(made.status == 201)
      // As a crash leaves it: the brand is there, the claim is there, the answer is not.
      try await house.tenancy.control.transaction { transaction in
        _ = try await transaction.query("update control.idempotency set status = 0, body = '' where key = \(slug)")
      }
      let again = try await api.post("brands", body, headers: [.idempotencyKey: slug])
      #expect(again.status == 201 && again.id == made.id, "\(again)")
    }
  }
}
