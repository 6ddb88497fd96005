import Community
import Hummingbird
import Identifiers
import Tenancy

/// The agency that the caller acts for.
struct AgencyRoutes: Sendable {
  let dependencies: APIDependencies

  private var tenancy: Tenancy { dependencies.tenancy }

  func add(to agency: RouterGroup<CallerContext>) {
    agency.get("agency", use: show)
    BrandCollectionRoutes(dependencies: dependencies).add(to: agency)
  }

  @Sendable func show(_ request: Request, _ context: CallerContext) async throws -> Answer {
    _ = try Query(request)
    guard let agency = try await AgencyStore(tenancy.control).agency(context.caller.agency) else { throw NotFound() }
    return try Answer.json(AgencyBody(agency))
  }
}

/// An agency as it is shown.
struct AgencyBody: Codable {
  let id: ID<Agency>
  let slug: String
  let name: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, slug, name
  }

  init(_ agency: Agency) {
    (id, slug, name) = (agency.id, agency.slug, agency.name)
  }
}
