import Foundation
import Identifiers
import Postgres
@testable import Tenancy
import TestSupport
import Testing

@Suite struct BrandCreationTests {
  @Test func aNewBrandIsReadyForWork() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let brand = try await deployment.brandCreation.create(
        slug: "tea", name: "山茶", zone: "Asia/Shanghai", for: agency.id)
      #expect(brand.agency == agency.id)
      #expect(brand.slug == "tea" && brand.name == "山茶" && brand.cell == Cells.first)
      #expect(try await deployment.tenancy.brand("tea", of: agency.id) == brand)
      #expect(try await deployment.tenancy.brand(brand.id.description, of: agency.id) == brand)
      #expect(try await deployment.tenancy.brand(brand.id) == brand)
      #expect(try await deployment.tenancy.read(of: brand, "select zone from settings").texts() == ["Asia/Shanghai"])
      try await deployment.addGroup("群", to: brand)
      _ = try deployment.tenancy.key(of: brand)
    }
  }

  /// The role can do nothing but what its grants say, and nobody logs in as it.
  @Test func aBrandsRoleIsBare() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let bare = try await deployment.asOwner(
        """
        select not (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)
        from pg_roles where rolname = \(brand.role)
        """)
      #expect(try bare.single(as: Bool.self))
      let inherits = try await deployment.asOwner(
        "select rolinherit from pg_roles where rolname = \(TestDeployment.login)")
      #expect(try !inherits.single(as: Bool.self))
    }
  }

  /// Two seconds are promised; the best of a few on a machine that also does other things.
  @Test func aBrandIsMadeWithinTwoSeconds() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      var best = Duration.seconds(3_600)
      for number in 1...5 where best > .seconds(2) {
        best = min(
          best, try await ContinuousClock().measure { _ = try await deployment.makeBrand("b\(number)", of: agency) })
      }
      #expect(best < .seconds(2))
    }
  }

  @Test func aSlugIsAnAgencysOnce() async throws {
    try await withDeployment { deployment in
      let (first, second) = (try await deployment.makeAgency(), try await deployment.makeAgency())
      let brand = try await deployment.makeBrand("tea", of: first)
      await #expect(throws: TenancyError.brandExists(slug: "tea")) { try await deployment.makeBrand("tea", of: first) }
      let other = try await deployment.makeBrand("tea", of: second)
      #expect(other.id != brand.id && other.schema != brand.schema && other.role != brand.role)
      #expect(other.wrappedKey != brand.wrappedKey)
    }
  }

  @Test func whatIsNotFitIsRefusedBeforeAnythingIsMade() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let create = { (slug: String, name: String, zone: String) in
        _ = try await deployment.brandCreation.create(slug: slug, name: name, zone: zone, for: agency.id)
      }
      for slug in ["", "-tea", "tea-", "Tea", "te a", "茶", "tea_1", String(repeating: "a", count: 41), "a\u{0}"] {
        await #expect(throws: TenancyError.badSlug(slug)) { try await create(slug, "山茶", "Asia/Shanghai") }
      }
      // A family of emoji is one character to a reader and seven to the database.
      let family = String(repeating: "👨‍👩‍👧‍👦", count: 20)
      for name in ["", String(repeating: "茶", count: 101), family, "山\u{0}茶"] {
        await #expect(throws: TenancyError.badName) { try await create("tea", name, "Asia/Shanghai") }
        await #expect(throws: TenancyError.badName) {
          try await AgencyStore(deployment.owner).create(slug: "more", name: name)
        }
        await #expect(throws: TenancyError.badName) {
          try await APIKeyStore(deployment.owner).create(for: agency.id, name: name)
        }
      }
      for zone in ["", "Mars/Olympus", "Asia/Shanghai\u{0}", "Asia Shanghai", "EST", "GMT+0800"] {
        await #expect(throws: TenancyError.unknownZone(zone)) { try await create("tea", "山茶", zone) }
      }
      #expect(try await deployment.asOwner("select count(*) from control.brands").single(as: Int.self) == 0)
      try await create("a", String(repeating: "茶", count: 100), "Europe/Berlin")
      try await create(String(repeating: "a", count: 40), "茶", "UTC")
    }
  }

  @Test func ofSeveralAtOnceExactlyOneMakesTheBrand() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      for round in 1...3 {
        let made = try await withThrowingTaskGroup(of: Brand?.self) { group in
          for number in 1...4 {
            group.addTask {
              do {
                return try await deployment.brandCreation.create(
                  slug: "tea-\(round)", name: "山茶 \(number)", zone: "Asia/Shanghai", for: agency.id)
              } catch TenancyError.brandExists(slug: "tea-\(round)") {
                return nil
              }
            }
          }
          return try await group.reduce(into: [Brand]()) { if let brand = $1 { $0.append(brand) } }
        }
        #expect(made.count == 1)
        let brand = try #require(made.first)
        #expect(try await deployment.tenancy.brand("tea-\(round)", of: agency.id) == brand)
        #expect(try await deployment.tenancy.read(of: brand, "select count(*) from settings").single(as: Int.self) == 1)
      }
      #expect(try await deployment.asOwner("select count(*) from control.brands").single(as: Int.self) == 3)
    }
  }

  @Test func aCellWithoutAConnectionIsNamed() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let creation = BrandCreation(
        control: deployment.owner, cells: [:], login: TestDeployment.login, migrations: TestDeployment.migrations,
        masterKeys: try deployment.masterKeys, logger: .quiet)
      await #expect(throws: TenancyError.cellNotConfigured(name: Cells.first)) {
        try await creation.create(slug: "tea", name: "山茶", zone: "Asia/Shanghai", for: agency.id)
      }
      // The setting is mended, and the same call goes on.
      _ = try await deployment.makeBrand("tea", of: agency)
    }
  }
}
