import Foundation
import Postgres
import Tenancy
import TestSupport

extension TestDeployment {
  /// Another pool of the application's login.
  func makePool(
    _ url: String? = nil, profile: PostgresConfiguration.Profile = .direct,
    _ adjust: (inout PostgresConfiguration) -> Void = { _ in }
  ) throws -> PostgresPool {
    var configuration = try PostgresConfiguration(url ?? environment["DATABASE_URL"] ?? "", profile: profile)
    adjust(&configuration)
    return PostgresPool(configuration, logger: .quiet)
  }

  /// The door over another pool.
  func makeTenancy(_ pool: PostgresPool) throws -> Tenancy {
    Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: try masterKeys)
  }

  /// The deployment's master keys.
  var masterKeys: MasterKeys {
    get throws { try MasterKeys(setting: environment["NUANQUN_MASTER_KEYS"] ?? "") }
  }
}
