import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport

@testable import JobQueue

/// A deployment with brands, and the queue of its cell.
struct Engine: Sendable {
  let deployment: TestDeployment
  let brands: [Brand]
  let store: RunStore

  var index: RunIndex { deployment.index }
  var prefix: String { "nq:{\(deployment.cell)}:" }

  static func with(
    brands count: Int = 1, on servers: TestServers = .shared, _ body: (Engine) async throws -> Void
  ) async throws {
    let deployment = try await TestDeployment.make(on: servers)
    do {
      let agency = try await deployment.makeAgency()
      var brands: [Brand] = []
      for _ in 0..<count { brands.append(try await deployment.makeBrand(of: agency)) }
      try await body(Engine(deployment: deployment, brands: brands, store: RunStore(deployment.pool)))
    } catch {
      await deployment.close()
      throw error
    }
    await deployment.close()
  }

  func tenant(_ brand: Int = 0) -> ID<Tenant> { ID(brands[brand].id.uuid) }

  /// Enqueues in a transaction of the brand and, as the product does, tells the index after the commit.
  @discardableResult
  func enqueue(_ runs: [NewRun], of brand: Int = 0, pushing: Bool = true) async throws -> [Run] {
    let added = try await deployment.tenancy.transaction(of: brands[brand]) { transaction in
      try await RunStore.enqueue(runs, of: tenant(brand), in: transaction)
    }
    if pushing { try await index.push(added) }
    return added
  }

  /// Enqueues one run.
  func enqueue(_ payload: some JobPayload, of brand: Int = 0, pushing: Bool = true) async throws -> ID<Run> {
    guard let run = try await enqueue([NewRun(payload)], of: brand, pushing: pushing).first else {
      throw GaveUpWaiting(description: "the run was not added")
    }
    return run.id
  }

  /// Enqueues errands with the numbers of a range.
  @discardableResult
  func enqueueErrands(_ numbers: Range<Int>, of brand: Int = 0, pushing: Bool = true) async throws -> [ID<Run>] {
    try await enqueue(numbers.map { try NewRun(Errand(number: $0)) }, of: brand, pushing: pushing).map(\.id)
  }

  /// As the owner, whom nothing is forbidden.
  @discardableResult
  func asOwner(_ sql: SQL) async throws -> PostgresResult {
    try await deployment.owner.lease { try await $0.query(sql) }
  }
}
