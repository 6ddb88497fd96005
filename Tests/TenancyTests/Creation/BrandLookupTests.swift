import Foundation
import Identifiers
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// Another agency's brand and a brand that is not there look alike, whatever was asked for before.
@Suite struct BrandLookupTests {
  @Test func anotherAgencysBrandIsUnknown() async throws {
    try await withDeployment { deployment in
      let (ours, theirs) = (try await deployment.makeAgency(), try await deployment.makeAgency())
      let brand = try await deployment.makeBrand("tea", of: theirs)
      let tenancy = deployment.tenancy
      // The engine has looked it up by its id: the directory remembers it.
      for _ in 1...2 { #expect(try await tenancy.brand(brand.id) == brand) }
      #expect(try await tenancy.brand("tea", of: theirs.id) == brand)
      let names = [
        "tea", brand.id.description, brand.id.description.uppercased(), brand.schema, brand.role, "nothing", "", "%",
        ID<Brand>().description,
      ]
      for name in names {
        await #expect(throws: TenancyError.unknownBrand, "\(name)") { try await tenancy.brand(name, of: ours.id) }
      }
      let mine = try await deployment.makeBrand("tea", of: ours)
      #expect(try await tenancy.brand("tea", of: ours.id) == mine)
      #expect(try await tenancy.brand("tea", of: theirs.id) == brand)
      await #expect(throws: TenancyError.unknownBrand) { try await tenancy.brand(mine.id.description, of: theirs.id) }
    }
  }

  @Test func listsHoldTheAgencysBrandsOnly() async throws {
    try await withDeployment { deployment in
      let (ours, theirs) = (try await deployment.makeAgency(), try await deployment.makeAgency())
      for slug in ["a", "b", "c"] { _ = try await deployment.makeBrand(slug, of: ours) }
      _ = try await deployment.makeBrand("bb", of: theirs)
      let store = BrandStore(deployment.pool)
      #expect(try await store.brands(of: ours.id, after: nil, limit: 2).map(\.slug) == ["a", "b"])
      #expect(try await store.brands(of: ours.id, after: "b", limit: 2).map(\.slug) == ["c"])
      #expect(try await store.brands(of: theirs.id, after: nil, limit: 9).map(\.slug) == ["bb"])
    }
  }

  @Test func aBrandThatIsReadyLaterIsFoundAtOnce() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let brand = try await deployment.makeBrand("tea", of: agency)
      try await deployment.asOwner("update control.brands set state = 'preparing' where id = \(brand.id)")
      let tenancy = try deployment.makeTenancy(deployment.pool)
      #expect(try await tenancy.brand(brand.id) == nil)
      try await deployment.asOwner("update control.brands set state = 'ready' where id = \(brand.id)")
      #expect(try await tenancy.brand(brand.id) == brand)
    }
  }

  @Test func anAgencyIsFoundBySlugAndId() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency("nuan")
      let store = AgencyStore(deployment.pool)
      #expect(try await store.agency(slug: "nuan") == agency)
      #expect(try await store.agency(agency.id) == agency)
      #expect(try await store.agency(slug: "leng") == nil)
      #expect(try await store.agency(ID()) == nil)
      await #expect(throws: TenancyError.agencyExists(slug: "nuan")) { try await deployment.makeAgency("nuan") }
      await #expect(throws: TenancyError.badSlug("Nuan")) { try await deployment.makeAgency("Nuan") }
    }
  }

  @Test func aCellThatIsNotAmongTheSettingsIsNamed() async throws {
    try await withDeployment { deployment in
      let cells = Cells(["b": deployment.pool, "a": deployment.pool])
      #expect(cells.names == ["a", "b"])
      #expect(throws: TenancyError.cellNotConfigured(name: "c")) { try cells.pool(of: "c") }
    }
  }
}
