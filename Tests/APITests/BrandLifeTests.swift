import HTTPTypes
import Tenancy
import Testing

@testable import API

/// Suspending, archiving and erasing over the API.
@Suite struct BrandLifeTests {
  @Test func aSuspendedBrandCanBeEditedAndAnArchivedOneNot() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let suspended = try await ours.asker.json(.put, ours.uri("/v1/brands/{brand}/state"), #"{"state": "suspended"}"#)
      #expect(suspended.status == 200 && suspended.json["state"]?.string == "suspended", "\(suspended)")
      #expect(try await ours.asker.post("groups", #"{"name": "二群"}"#).status == 201)
      let archived = try await ours.asker.json(.put, ours.uri("/v1/brands/{brand}/state"), #"{"state": "archived"}"#)
      #expect(archived.json["state"]?.string == "archived", "\(archived)")
      let refused = try await ours.asker.post("groups", #"{"name": "三群"}"#)
      #expect(refused.status == 409 && refused.problem == "/problems/wrong-state", "\(refused)")
      #expect(try await ours.asker.get("groups").items.count == 2)
      #expect(try await ours.asker.get("plans").items.allSatisfy { $0["state"]?.string == "draft" })
      let back = try await ours.asker.json(.put, ours.uri("/v1/brands/{brand}/state"), #"{"state": "active"}"#)
      #expect(back.json["state"]?.string == "active", "\(back)")
      #expect(try await ours.asker.post("groups", #"{"name": "三群"}"#).status == 201)
      let acts = try await ours.asker.get("audit").items.compactMap { $0["act"]?.string }
      #expect(acts.filter { $0.hasPrefix("brand.") } == ["brand.resumed", "brand.suspended"])
    }
  }

  @Test func aNameIsEditedUnderItsVersion() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let path = "/v1/brands/\(brand.slug)"
      let renamed = try await api.json(.patch, path, #"{"name": "芽伴"}"#, headers: [.ifMatch: "\"v1\""])
      #expect(renamed.status == 200 && renamed.json["name"]?.string == "芽伴", "\(renamed)")
      let late = try await api.json(.patch, path, #"{"name": "芽"}"#, headers: [.ifMatch: "\"v1\""])
      #expect(late.status == 412, "\(late)")
    }
  }

  @Test func whatIsTypedWrongErasesNothing() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let path = "/v1/brands/\(brand.slug)"
      let refused = try await api.post("\(path)/erasure", #"{"confirm": "ja"}"#)
      #expect(refused.errors == ["/confirm": "malformed"], "\(refused)")
      #expect(try await api.get(path).status == 200)
      let erased = try await api.post("\(path)/erasure", #"{"confirm": "\#(brand.slug)"}"#)
      #expect(erased.status == 200 && erased.json["last_backup_expires"]?.string != nil, "\(erased)")
      #expect(try await api.get(path).status == 404)
    }
  }

  @Test func theChecklistGoesAlong() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let steps = try await api.get("/v1/brands/\(brand.slug)/checklist").items
      #expect(steps.count == 8 && steps.allSatisfy { $0["is_done"] == .bool(false) }, "\(steps)")
      let ours = try await Furnished.make(api, house)
      let done = try await ours.asker.get("checklist").items.filter { $0["is_done"] == .bool(true) }
      #expect(done.contains { $0["step"]?.string == "approval" }, "\(done)")
    }
  }
}
