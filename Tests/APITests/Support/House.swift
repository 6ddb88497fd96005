import API
import Channels
import Foundation
import Identifiers
import Logging
import Postgres
import Tenancy
import TestSupport

/// A whole deployment for the tests of this process, with two agencies. Tests share it and make brands of their own, so
/// that none sees another's data.
struct House: Sendable {
  let deployment: TestDeployment
  /// The agency that most tests act for, and its key.
  let agency: Agency
  let key: String
  /// Another agency with its key.
  let otherAgency: Agency
  let otherKey: String

  var tenancy: Tenancy { deployment.tenancy }

  static func shared() async throws -> House { try await once.value }

  private static let once = Task {
    let deployment = try await TestDeployment.make()
    let (agency, other) = (try await deployment.makeAgency(), try await deployment.makeAgency())
    let keys = APIKeyStore(deployment.owner)
    return House(
      deployment: deployment, agency: agency, key: try await keys.create(for: agency.id, name: "测试").text,
      otherAgency: other, otherKey: try await keys.create(for: other.id, name: "另一家").text)
  }

  /// A new brand, of the agency unless another is given.
  func brand(of agency: Agency? = nil) async throws -> Brand {
    try await deployment.makeBrand(of: agency ?? self.agency)
  }

  /// Only its limits are asked; it lives as long as the process, because a client must not be let go while it is open.
  private static let robot = WeComRobot(settings: .init(), http: PlatformHTTP())

  func dependencies(brandCreation: Bool = true) -> APIDependencies {
    APIDependencies(
      tenancy: tenancy, index: deployment.index, brandCreation: brandCreation ? deployment.brandCreation : nil,
      brandErasure: brandCreation
        ? BrandErasure(control: deployment.owner, cells: [Cells.first: deployment.owner], backupDays: 35) : nil,
      adapters: [Self.robot],
      logger: .quiet)
  }
}
