import Foundation
import HTTPTypes
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import API

/// What a brand's people see of the queue, and what they can do.
@Suite struct RunTests {
  private struct Errand: JobPayload {
    static let kind = "test.errand"
    static let lane = Lane("errands")
  }

  private func enqueue(_ count: Int, _ brand: Brand, _ house: House) async throws -> [String] {
    let runs = try (0..<count).map { _ in try NewRun(Errand()) }
    _ = try await house.tenancy.transaction(of: brand) { transaction in
      try await RunStore.enqueue(runs, of: ID(brand.id.uuid), in: transaction)
    }
    return runs.map { "\($0.id)" }
  }

  private func end(_ run: String, as state: String, _ house: House) async throws {
    _ = try await house.deployment.owner.lease {
      try await $0.query("update ops.runs set state = \(state), error = 'no such group' where id = \(run)::text::uuid")
    }
  }

  @Test func whatFailedIsShownAndTriedAgain() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let inBrand = api.within(brand.slug)
      let runs = try await enqueue(3, brand, house)
      try await end(runs[0], as: "dead", house)
      try await end(runs[1], as: "done", house)

      let list = try await inBrand.get("runs?state=dead&kind=test.errand")
      #expect(list.items.compactMap { $0["id"]?.string } == [runs[0]])
      #expect(list.items.first?["error"]?.string == "no such group")
      let overview = try await inBrand.get("runs/overview")
      #expect(overview.json["dead"] == .number("1"), "\(overview)")

      // What succeeded is never tried again, by name or by filter.
      let done = try await inBrand.post("runs/\(runs[1])/actions", #"{"action": "retry"}"#)
      #expect(done.status == 409, "\(done)")
      let many = try await inBrand.post("runs/actions", #"{"action": "retry", "kind": "test.errand"}"#)
      #expect(many.json["runs"] == .number("1"), "\(many)")
      let again = try await inBrand.get("runs/\(runs[0])")
      #expect(again.json["state"]?.string == "ready" && again.json["attempts"] == .number("0"), "\(again)")

      let cancelled = try await inBrand.post("runs/\(runs[2])/actions", #"{"action": "cancel"}"#)
      #expect(cancelled.json["being_cancelled"] == .bool(true), "\(cancelled)")
      let audit = try await inBrand.get("audit")
      #expect(audit.items.compactMap { $0["act"]?.string } == ["cancel", "retry"])
      #expect(audit.items.first?["by_whom"]?.string == "测试")
    }
  }

  @Test func whatAnotherRunDoesIsNotTriedAgain() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let runs = try (0..<2).map { _ in try NewRun(Errand(), uniqueKey: "errand") }
      for run in runs {
        _ = try await house.tenancy.transaction(of: brand) { transaction in
          try await RunStore.enqueue([run], of: ID(brand.id.uuid), in: transaction)
        }
        guard run.id == runs[0].id else { continue }
        // As the end of a run does.
        try await end("\(run.id)", as: "dead", house)
        _ = try await house.deployment.owner.lease { try await $0.query("delete from ops.run_keys") }
      }
      let inBrand = api.within(brand.slug)
      let refused = try await inBrand.post("runs/\(runs[0].id)/actions", #"{"action": "retry"}"#)
      #expect(refused.status == 409 && refused.problem == "/problems/work-under-way", "\(refused)")
      let many = try await inBrand.post("runs/actions", #"{"action": "retry", "state": "dead"}"#)
      #expect(many.json["runs"] == .number("0"), "\(many)")
    }
  }

  @Test func pagesGoOnToOlderRuns() async throws {
    try await withAPI { api, house in
      let brand = try await house.brand()
      let runs = try await enqueue(5, brand, house)
      var seen: [String] = []
      var next: String? = "runs?limit=2"
      while let address = next {
        let page = try await api.within(brand.slug).get(address)
        seen += page.items.compactMap { $0["id"]?.string }
        next = page.items.count == 2 ? "runs?limit=2&after=\(seen.last ?? "")" : nil
      }
      #expect(seen == Array(runs.sorted().reversed()))
    }
  }

  @Test func aPauseIsOfTheBrandAlone() async throws {
    try await withAPI { api, house in
      let (ours, theirs) = (try await house.brand(), try await house.brand())
      let (inOurs, inTheirs) = (api.within(ours.slug), api.within(theirs.slug))
      let paused = try await inOurs.json(.put, "pauses", #"{"scope": "brand", "paused": true}"#)
      #expect(paused.items.compactMap { $0["scope"]?.string } == ["brand"], "\(paused)")
      #expect(try await inTheirs.get("pauses").items.isEmpty)
      let channel = try await inTheirs.post(
        "channels", #"{"kind": "wecom_robot", "name": "机器人", "webhook": "\#(UUID().uuidString.lowercased())"}"#)
      let foreign = try await inOurs.json(
        .put, "pauses", #"{"scope": "channel", "id": "\#(channel.id)", "paused": true}"#)
      #expect(foreign.status == 422, "\(foreign)")
      let resumed = try await inOurs.json(.put, "pauses", #"{"scope": "brand", "paused": false}"#)
      #expect(resumed.items.isEmpty && resumed.status == 200, "\(resumed)")
      #expect(try await inOurs.get("audit").items.compactMap { $0["act"]?.string } == ["resume", "pause"])
    }
  }
}
