import Foundation
import Postgres
import TestSupport
import Testing

@testable import Tenancy

/// An erased brand is gone: its data, its role, its key; what is left is the proof.
@Suite struct BrandErasureTests {
  @Test func nothingOfABrandIsLeftButTheProof() async throws {
    try await withDeployment { deployment in
      let (brand, other) = (try await deployment.makeBrand(), try await deployment.makeBrand())
      try await deployment.tenancy.transaction(of: brand) { transaction in
        try await transaction.note(
          Act("member.edited", Act.Subject("member", id: "m1", name: "小鱼妈")), by: Actor(.command, name: "t"))
      }
      let erasure = Self.erasure(deployment)
      let now = Date()
      let gone = try await erasure.erase(brand, confirmedBy: brand.slug, by: Actor(.command, name: "林岚"), now: now)
      #expect(gone == now.addingTimeInterval(35 * 86_400))
      #expect(try await deployment.tenancy.brand(brand.id) == nil)
      for (what, sql) in [
        ("schema", "select count(*) from pg_namespace where nspname = \(brand.schema)" as SQL),
        ("role", "select count(*) from pg_roles where rolname = \(brand.role)"),
        ("tenant", "select count(*) from ops.tenants where brand_id = \(brand.id)"),
        ("key", "select count(*) from control.brands where id = \(brand.id) and length(wrapped_key) > 0"),
      ] {
        #expect(try await deployment.asOwner(sql).single(as: Int.self) == 0, "\(what)")
      }
      let acts = try await ActStore(deployment.tenancy.controlReads).acts(of: brand.agency, limit: 10)
      #expect(acts.first?.name == "brand.erased" && acts.first?.actor.name == "林岚")
      // The chain of its own audit is whole still, and tells nothing of its data.
      let findings = try await AuditVerification(
        control: deployment.pool, cells: [Cells.first: deployment.pool]
      ).findings()
      #expect(findings.allSatisfy { $0.problem == nil })
      #expect(throws: (any Error).self) { try deployment.tenancy.key(of: Self.forgotten(brand)) }
      #expect(try await deployment.tenancy.brand(other.id) != nil)
    }
  }

  @Test func somethingElseTypedErasesNothing() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      await #expect(throws: TenancyError.badSlug("yes")) {
        try await Self.erasure(deployment).erase(brand, confirmedBy: "yes", by: Actor(.command, name: "t"))
      }
      #expect(try await deployment.tenancy.brand(brand.slug, of: brand.agency) == brand)
    }
  }

  /// What was cut off after the key was destroyed goes on, and is noted once.
  @Test func aCutErasureGoesOn() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let nowhere = BrandErasure(control: deployment.owner, cells: [:], backupDays: 35)
      await #expect(throws: TenancyError.cellNotConfigured(name: brand.cell)) {
        try await nowhere.erase(brand, confirmedBy: brand.slug, by: Actor(.command, name: "t"))
      }
      _ = try await Self.erasure(deployment).erase(brand, confirmedBy: brand.slug, by: Actor(.command, name: "t"))
      let left = try await deployment.asOwner("select count(*) from pg_roles where rolname = \(brand.role)")
      #expect(try left.single(as: Int.self) == 0)
      let acts = try await ActStore(deployment.tenancy.controlReads).acts(
        of: brand.agency, name: "brand.erased", limit: 9)
      #expect(acts.count == 1)
    }
  }

  private static func erasure(_ deployment: TestDeployment) -> BrandErasure {
    BrandErasure(control: deployment.owner, cells: [Cells.first: deployment.owner], backupDays: 35)
  }

  /// The brand as its row stands now.
  private static func forgotten(_ brand: Brand) -> Brand {
    Brand(
      id: brand.id, agency: brand.agency, slug: brand.slug, name: brand.name, cell: brand.cell, state: .erased,
      version: brand.version, createdAt: brand.createdAt, schema: brand.schema, role: brand.role, wrappedKey: Data())
  }
}
