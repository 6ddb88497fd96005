import Community
import Foundation
import HTTPTypes
import Identifiers
import Postgres
import Tenancy
import TestSupport

@testable import API
@testable import JobQueue

/// A brand into which sheets are brought, and the worker that takes them.
struct Bringing: Sendable {
  let api: Asker
  let house: House
  let brand: Brand

  init(_ api: Asker, _ house: House, of agency: Agency? = nil) async throws {
    self.init(api, house, try await house.brand(of: agency))
  }

  init(_ api: Asker, _ house: House, _ brand: Brand) {
    self.brand = brand
    self.api = api.within(brand.slug)
    self.house = house
  }

  /// Uploads, checks and runs a sheet.
  func bring(_ sheet: String, of subject: String, rows: String = #""valid""#) async throws -> Reply {
    let checked = try await check(sheet, of: subject)
    guard checked.json["state"]?.string == "checked" else { return checked }
    return try await run(checked.id, rows: rows)
  }

  func upload(
    _ bytes: [UInt8], of subject: String, named name: String = "sheet.csv", type: String = "text/csv"
  ) async throws -> Reply {
    try await api.send(
      .post, "imports?subject=\(subject)&name=\(name)", body: bytes, headers: [.contentType: type])
  }

  func check(_ sheet: String, of subject: String) async throws -> Reply {
    let uploaded = try await upload(Array(sheet.utf8), of: subject)
    return uploaded.status == 201 ? try await check(uploaded.id) : uploaded
  }

  func check(_ id: String) async throws -> Reply {
    let ordered = try await api.send(.put, "imports/\(id)/check")
    return ordered.status == 200 ? try await worked(id) : ordered
  }

  func run(_ id: String, rows: String = #""valid""#) async throws -> Reply {
    let ordered = try await api.json(.put, "imports/\(id)/run", #"{"rows": \#(rows)}"#)
    return ordered.status == 200 ? try await worked(id) : ordered
  }

  func undo(_ id: String) async throws -> Reply {
    let ordered = try await api.send(.put, "imports/\(id)/undo")
    return ordered.status == 200 ? try await worked(id) : ordered
  }

  func problems(_ id: String) async throws -> [String] {
    try await api.get("imports/\(id)/problems").items.map { item in
      var row = ""
      if case .number(let digits)? = item["row"] { row = digits }
      return "\(row) \(item["column"]?.string ?? "") \(item["code"]?.string ?? "")"
    }
  }

  /// Performs what waits for an import, as a worker does, and shows how it stands then.
  func worked(_ id: String) async throws -> Reply {
    let store = RunStore(house.deployment.pool)
    let rows = try await house.deployment.pool.read(
      """
      select id, kind from ops.runs
      where brand_id = \(brand.id) and state = 'ready' and kind <> 'import.forget' and payload->>'imported' = \(id)
      """)
    for row in rows {
      let (run, kind) = try row.decode(ID<Run>.self, String.self)
      guard let started = try await store.start([run], worker: "test").started.first,
        let imported = ID<Import>(id)
      else { continue }
      let attempt = Attempt(
        run: started.id, tenant: started.tenant, epoch: started.epoch, number: 1,
        lease: Lease(until: .now + .seconds(3_600)), store: store)
      let worker = ImportWorker(house.tenancy)
      switch kind {
      case CheckImport.kind: try await worker.check(imported, of: brand, in: attempt)
      case RunImport.kind: try await worker.run(imported, of: brand, in: attempt)
      default: try await worker.undo(imported, of: brand, in: attempt)
      }
      try await store.finish([.done(started)])
    }
    return try await api.get("imports/\(id)")
  }
}

extension Reply {
  /// Of an import: created, updated, unchanged, refused.
  var counts: [Int] { numbers(["created", "updated", "unchanged", "refused"]) }

  /// Of an import: undone, kept.
  var undoCounts: [Int] { numbers(["undone", "kept"]) }

  private func numbers(_ names: [String]) -> [Int] {
    names.map { name in
      if case .number(let digits)? = json["counts"]?[name] { Int(digits) ?? -1 } else { -1 }
    }
  }
}
