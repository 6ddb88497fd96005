import Foundation
import Logging
import Postgres
import Tenancy

/// The owner's connections, for the commands that make schemas.
struct OwnerAccess {
  let pool: PostgresPool
  private let deployment: Deployment

  init(_ deployment: Deployment) throws {
    self.deployment = deployment
    pool = PostgresPool(try deployment.requiredOwnerDatabase(), logger: deployment.logger)
  }

  init(_ deployment: Deployment, _ configuration: PostgresConfiguration) {
    self.deployment = deployment
    pool = PostgresPool(configuration, logger: deployment.logger)
  }

  func migrator() throws -> Migrator {
    Migrator(
      control: pool, cells: [Cells.first: pool], login: try deployment.login(), folder: try deployment.migrations(),
      logger: deployment.logger)
  }

  func brandCreation() throws -> BrandCreation {
    BrandCreation(
      control: pool, cells: [Cells.first: pool], login: try deployment.login(),
      migrations: try deployment.migrations(), masterKeys: try deployment.masterKeys(), logger: deployment.logger)
  }

  func brandErasure() throws -> BrandErasure {
    BrandErasure(
      control: pool, cells: [Cells.first: pool], backupDays: try deployment.backupDays())
  }

  func close() async {
    await pool.close()
  }

  /// The agency with this slug. Throws `TenancyError.unknownAgency`.
  func agency(_ slug: String) async throws -> Agency {
    guard let agency = try await AgencyStore(pool).agency(slug: slug) else {
      throw TenancyError.unknownAgency(slug: slug)
    }
    return agency
  }
}
