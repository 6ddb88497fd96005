import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport

/// Lends a test a deployment of its own.
func withDeployment(_ body: (TestDeployment) async throws -> Void) async throws {
  let deployment = try await TestDeployment.make()
  do {
    try await body(deployment)
  } catch {
    await deployment.close()
    throw error
  }
  await deployment.close()
}

extension TestDeployment {
  /// Brands of one agency, each with one group that bears the brand's own short name.
  func makeMarkedBrands(_ count: Int) async throws -> [Brand] {
    let agency = try await makeAgency()
    var brands: [Brand] = []
    for number in 1...count {
      let brand = try await makeBrand("brand-\(number)", of: agency)
      try await addGroup(brand.slug, to: brand)
      brands.append(brand)
    }
    return brands
  }

  /// A group of the brand; its id.
  @discardableResult
  func addGroup(_ name: String, to brand: Brand) async throws -> UUID {
    let id = UUID()
    try await tenancy.transaction(of: brand) { transaction in
      _ = try await transaction.query("insert into groups (id, name) values (\(id), \(name))")
    }
    return id
  }

  /// Runs statements as the owner, who may do everything: to look behind the doors and to break things on purpose.
  @discardableResult
  func asOwner(_ statements: SQL...) async throws -> PostgresResult {
    let results = try await owner.lease { try await $0.query(statements) }
    guard let last = results.last else { throw NothingReturned() }
    return last
  }
}

struct NothingReturned: Error {}
