import Community
import Foundation
import HTTPTypes
import Identifiers
import Postgres
import Tenancy
import Testing

@testable import API

@Suite struct WebhookTests {
  private static let draft =
    #"{"name": "中台", "url": "https://example.com/hooks", "types": ["delivery.failed", "delivery.unknown"]}"#

  @Test func theSecretIsShownWhenItIsMadeAndOnlyThen() async throws {
    try await withAPI { api, house in
      let brand = api.within(try await house.brand().slug)
      let made = try await brand.post("webhooks", Self.draft)
      #expect(made.status == 201, "\(made)")
      let secret = try #require(made.json["secret"]?.string)
      #expect(WebhookSecret(secret)?.reveal() == secret)
      #expect(made.headers[.cacheControl] == "no-store")
      for path in ["webhooks", "webhooks/\(made.id)"] {
        let shown = try await brand.get(path)
        #expect(shown.status == 200 && !shown.text.contains("whsec_"), "\(shown)")
      }
      let renewed = try await brand.send(.post, "webhooks/\(made.id)/secrets")
      #expect(renewed.status == 201, "\(renewed)")
      #expect(renewed.json["secret"]?.string?.hasPrefix("whsec_") == true)
      #expect(renewed.json["secret"]?.string != secret)
      #expect(renewed.json["old_secret_until"] != nil)
    }
  }

  /// What is kept for a repeated request holds no secret, and shows none that has been renewed since.
  @Test func aRepeatedRequestShowsItWhileItIsStillTheSame() async throws {
    try await withAPI { api, house in
      let owner = try await house.brand()
      let brand = api.within(owner.slug)
      let key: HTTPFields = [.idempotencyKey: "make"]
      let made = try await brand.post("webhooks", Self.draft, headers: key)
      let again = try await brand.post("webhooks", Self.draft, headers: key)
      #expect(again.headers[.idempotencyReplayed] == "true")
      #expect(again.json == made.json)
      let kept = try await house.tenancy.read(of: owner, "select body from idempotency where key = 'make'")
      #expect(try kept.first?.value("body", as: String.self).contains("whsec_") == false)
      _ = try await brand.send(.post, "webhooks/\(made.id)/secrets", headers: [.idempotencyKey: "renew"])
      #expect(try await brand.post("webhooks", Self.draft, headers: key).json["secret"] == nil)
      let renewed = try await brand.send(.post, "webhooks/\(made.id)/secrets", headers: [.idempotencyKey: "renew"])
      #expect(renewed.status == 201 && renewed.json["secret"] != nil)
    }
  }

  @Test(arguments: [
    (#""url": "http://example.com/""#, "/url", "malformed"), (#""url": "https://127.0.0.1/""#, "/url", "not_public"),
    (#""url": "https://169.254.169.254/latest""#, "/url", "not_public"), (#""url": """#, "/url", "malformed"),
    (#""url": "https://a@example.com/""#, "/url", "malformed"), (#""types": []"#, "/types", "required"),
    (#""types": ["delivery.failed", "x"]"#, "/types/1", "unknown_value"),
    (#""types": ["webhook.test"]"#, "/types/0", "unknown_value"), (#""name": " ""#, "/name", "required"),
    (#""secret": "whsec_x""#, "/secret", "unknown_field"),
  ])
  func wrongFieldsAreNamed(field: String, pointer: String, code: String) async throws {
    try await withAPI { api, house in
      let brand = api.within(try await house.brand().slug)
      let made = try await brand.post("webhooks", Self.draft)
      // As a draft with this field instead, and as an edit.
      let name = String(field.dropFirst().prefix { $0 != "\"" })
      var members = try JSONSerialization.jsonObject(with: Data(Self.draft.utf8)) as? [String: Any] ?? [:]
      let other = try JSONSerialization.jsonObject(with: Data("{\(field)}".utf8)) as? [String: Any] ?? [:]
      members[name] = other[name]
      let body = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
      let refused = try await brand.post("webhooks", body)
      #expect(refused.status == 422 && refused.errors == [pointer: code], "\(refused)")
      let edit = try await brand.json(.patch, "webhooks/\(made.id)", "{\(field)}")
      #expect(edit.status == 422 && edit.errors == [pointer: code], "\(edit)")
      #expect(try await brand.get("webhooks").items.count == 1)
    }
  }

  @Test func aBrandHasNoMoreThanItMay() async throws {
    try await withAPI { api, house in
      let brand = api.within(try await house.brand().slug)
      for _ in 1...Webhook.most { #expect(try await brand.post("webhooks", Self.draft).status == 201) }
      let more = try await brand.post("webhooks", Self.draft)
      #expect(more.status == 422 && more.errors == ["": "too_many_items"], "\(more)")
    }
  }

  @Test func isEditedDisabledEnabledAndDeleted() async throws {
    try await withAPI { api, house in
      let brand = api.within(try await house.brand().slug)
      let made = try await brand.post("webhooks", Self.draft)
      let path = "webhooks/\(made.id)"
      let off = try await brand.json(.patch, path, #"{"state": "disabled"}"#, headers: [.ifMatch: "\"v1\""])
      #expect(off.status == 200 && off.json["disabled_why"]?.string == "person", "\(off)")
      #expect(off.headers[.eTag] == "\"v2\"")
      let stale = try await brand.json(.patch, path, #"{"state": "active"}"#, headers: [.ifMatch: "\"v1\""])
      #expect(stale.status == 412)
      #expect(try await brand.send(.post, "\(path)/tests").status == 409)
      let since = #"{"failed_since": "2026-01-01T00:00:00Z"}"#
      #expect(try await brand.post("\(path)/redeliveries", since).status == 409)
      let on = try await brand.json(.patch, path, #"{"state": "active"}"#)
      #expect(on.status == 200 && on.json["disabled_why"] == nil, "\(on)")
      #expect(try await brand.post("\(path)/redeliveries", since).json["deliveries"] == .number("0"))
      #expect(try await brand.send(.delete, path).status == 204)
      #expect(try await brand.get(path).status == 404)
      #expect(try await brand.send(.delete, path).status == 404)
    }
  }

  @Test func aTestIsOnItsWay() async throws {
    try await withAPI { api, house in
      let owner = try await house.brand()
      let brand = api.within(owner.slug)
      let made = try await brand.post("webhooks", Self.draft)
      let test = try await brand.send(.post, "webhooks/\(made.id)/tests")
      #expect(test.status == 201 && test.json["type"]?.string == "webhook.test", "\(test)")
      let listed = try await brand.get("webhooks/\(made.id)/deliveries?state=ready")
      #expect(listed.items.map { $0["id"]?.string } == [test.id])
      #expect(try await brand.get("webhooks/\(made.id)/deliveries?state=failed").items.isEmpty)
      #expect(try await brand.get("webhooks/\(made.id)/deliveries?state=lost").status == 422)
      let again = try await brand.post("webhooks/\(made.id)/redeliveries", #"{"delivery": "\#(test.id)"}"#)
      #expect(again.status == 409, "\(again)")
      for body in ["{}", #"{"delivery": "\#(test.id)", "failed_since": "2026-01-01T00:00:00Z"}"#] {
        #expect(try await brand.post("webhooks/\(made.id)/redeliveries", body).status == 422)
      }
      _ = try await brand.send(.post, "webhooks/\(made.id)/secrets")
      _ = try await brand.send(.delete, "webhooks/\(made.id)")
      let acts = try await house.tenancy.control.read(
        "select act, detail::text as detail from ops.audit where brand_id = \(owner.id) order by id")
      #expect(
        try acts.map { try $0.value("act", as: String.self) } == [
          "webhook.created", "webhook.secret_renewed", "webhook.deleted",
        ])
      #expect(try acts.allSatisfy { try !$0.value("detail", as: String.self).contains("whsec_") })
    }
  }

  @Test func theTypesAreToldInTheLanguageOfTheCaller() async throws {
    try await withAPI { api, house in
      var brand = api.within(try await house.brand().slug)
      let chinese = try await brand.get("event-types")
      #expect(chinese.items.compactMap { $0["type"]?.string } == EventType.allCases.map(\.rawValue))
      brand.language = "en"
      let english = try await brand.get("event-types")
      let unknown = try #require(english.items.first { $0["type"]?.string == "delivery.unknown" })
      #expect(unknown["description"]?.string?.contains("not known") == true)
      let fields = unknown["fields"]?.array ?? []
      #expect(fields.contains { $0["name"]?.string == "delivery_id" })
      #expect(chinese.items != english.items)
    }
  }
}
