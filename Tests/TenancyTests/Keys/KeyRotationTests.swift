import Foundation
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Tenancy

/// A new master key takes over while processes with both go on, and the old one can then be taken away.
@Suite struct KeyRotationTests {
  @Test func everythingOpensUnderTheNewKeyAlone() async throws {
    try await withDeployment { deployment in
      let brands = [try await deployment.makeBrand(), try await deployment.makeBrand()]
      let old = try MasterKeys(setting: deployment.environment["NUANQUN_MASTER_KEYS"] ?? "")
      let new = MasterKeys.freshSetting(id: "next")
      let both = try MasterKeys(setting: "\(new),\(deployment.environment["NUANQUN_MASTER_KEYS"] ?? "")")
      let row = UUID()
      let sealed = try deployment.tenancy.key(of: brands[0]).seal("口令", table: "channels", row: row, column: "secret")
      let person = try await Self.person(with: old, deployment)

      let outcome = try await KeyRotation(control: deployment.pool, masterKeys: both).run()
      #expect(outcome == KeyRotation.Outcome(brands: 2, people: 1, already: 0))
      let again = try await KeyRotation(control: deployment.pool, masterKeys: both).run()
      #expect(again == KeyRotation.Outcome(brands: 0, people: 0, already: 3))

      let alone = try MasterKeys(setting: new)
      let tenancy = Tenancy(control: deployment.pool, cells: deployment.tenancy.cells, masterKeys: alone)
      for brand in brands {
        let found = try #require(try await tenancy.brand(brand.id))
        _ = try tenancy.key(of: found)
      }
      let first = try #require(try await tenancy.brand(brands[0].id))
      #expect(try tenancy.key(of: first).open(sealed, table: "channels", row: row, column: "secret") == "口令")
      let secret = try await deployment.asOwner("select totp_secret from control.people where id = \(person)")
      #expect(
        try alone.open(secret.single(as: Data.self), place: SecondFactor.place(of: person)) == Data("geheim".utf8))
    }
  }

  /// Without the old key nothing is touched.
  @Test func aKeyThatIsMissingIsNamed() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let alone = try MasterKeys(setting: MasterKeys.freshSetting(id: "next"))
      await #expect(throws: SealingError.unknownKey(id: "test")) {
        try await KeyRotation(control: deployment.pool, masterKeys: alone).run()
      }
      _ = try deployment.tenancy.key(of: brand)
    }
  }

  private static func person(with keys: MasterKeys, _ deployment: TestDeployment) async throws -> ID<Person> {
    let id = ID<Person>()
    let sealed = try keys.seal(Data("geheim".utf8), place: SecondFactor.place(of: id))
    _ = try await deployment.asOwner(
      "insert into control.people (id, email, name, totp_secret) values (\(id), 'a@b.example', '甲', \(sealed))")
    return id
  }
}
