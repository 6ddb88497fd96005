import Community
import Foundation
import Hummingbird
import Identifiers
import Tenancy

/// One brand.
struct BrandRoutes: Sendable {
  let dependencies: APIDependencies

  func add(to brand: RouterGroup<CallerContext>) {
    brand.get(use: show)
  }

  @Sendable func show(_ request: Request, _ context: CallerContext) async throws -> Answer {
    guard let brand = context.brand else { throw NotFound() }
    _ = try Query(request)
    return try Answer.json(try await BrandBody(brand, in: dependencies.tenancy))
  }
}

/// A brand as it is shown; lists leave its settings out, which are in its own schema.
struct BrandBody: Resource {
  let id: ID<Brand>
  let slug: String
  let name: String
  let createdAt: Date
  let settings: SettingsBody?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, slug, name, settings
    case createdAt = "created_at"
  }

  init(_ brand: Brand, settings: SettingsBody?) {
    (id, slug, name, createdAt) = (brand.id, brand.slug, brand.name, brand.createdAt)
    self.settings = settings
  }

  init(_ brand: Brand, in tenancy: Tenancy) async throws {
    let settings = try await BrandSettingsStore(tenancy.reader(of: brand)).current()
    self.init(brand, settings: SettingsBody(settings))
  }
}
