import Foundation
import Identifiers
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// A creation that was cut off at any step goes on when it is called again.
@Suite struct BrandCreationResumeTests {
  @Test(arguments: CreationCut.allCases) func aCutCreationGoesOn(cut: CreationCut) async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let first = try await deployment.makeBrand("tea", of: agency)
      let whole = try await deployment.owner.outline()
      try await cut.undo(first, in: deployment)
      // Until it is ready nobody can find it.
      let fresh = try deployment.makeTenancy(deployment.pool)
      #expect(try await fresh.brand(first.id) == nil)
      await #expect(throws: TenancyError.unknownBrand) { try await fresh.brand("tea", of: agency.id) }
      #expect(try await BrandStore(deployment.pool).brands(of: agency.id, after: nil, limit: 10) == [])

      let second = try await deployment.brandCreation.create(
        slug: "tea", name: "新名", zone: "Europe/Berlin", for: agency.id)
      #expect(second.id == first.id)
      #expect(second.name == "新名")
      #expect(try await fresh.brand("tea", of: agency.id) == second)
      #expect(try await deployment.owner.outline() == whole)
      // What was asked for last holds: nobody has worked with the first try.
      #expect(try await fresh.read(of: second, "select zone from settings").texts() == ["Europe/Berlin"])
      try await deployment.addGroup("群", to: second)
      _ = try await fresh.transaction(of: second) { try await $0.query("select ops.set_alarm(now())") }
      await #expect(throws: TenancyError.brandExists(slug: "tea")) { try await deployment.makeBrand("tea", of: agency) }
    }
  }

  @Test func aFailedMigrationIsGoneOnWith() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      try await withMigrationFiles(copying: TestDeployment.migrations) { files in
        try files.write("0901_broken", "select 1 / 0")
        let creation = BrandCreation(
          control: deployment.owner, cells: [Cells.first: deployment.owner], login: TestDeployment.login,
          migrations: files.folder, masterKeys: try deployment.masterKeys, logger: .quiet)
        let create = { try await creation.create(slug: "tea", name: "山茶", zone: "Asia/Shanghai", for: agency.id) }
        await #expect(throws: MigrationError.self) { try await create() }
        try files.write("0901_broken", "select 1")
        let brand = try await create()
        let names = try await deployment.owner.read(
          "select name from \(identifier: brand.schema).migrations order by name")
        #expect(try names.texts().last == "0901_broken")
      }
    }
  }

  @Test func aLoginCarriesSoManyBrandsAndNoMore() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let limit = BrandCreation.brandsPerLogin
      let last = try await deployment.makeBrand("last", of: agency)
      try await deployment.asOwner(
        """
        insert into control.brands (id, agency_id, cell, slug, name, schema_name, role_name, login_name, wrapped_key)
        select gen_random_uuid(), \(agency.id), \(Cells.first), 'filler-' || n, 'n', 's' || n, 'r' || n,
          \(TestDeployment.login), ''
        from generate_series(2, \(limit)) n
        """)
      await #expect(throws: TenancyError.loginFull(limit: limit)) { try await deployment.makeBrand("more", of: agency) }
      // The last one has its place already: to go on with it takes none.
      try await CreationCut.beforeMigrations.undo(last, in: deployment)
      #expect(try await deployment.makeBrand("last", of: agency).id == last.id)
      await #expect(throws: TenancyError.brandExists(slug: "last")) {
        try await deployment.makeBrand("last", of: agency)
      }
    }
  }
}
