import Community
import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// The agency that the key acts for, and its brands.
struct AgencyRoutes: Sendable {
  let dependencies: APIDependencies

  private var tenancy: Tenancy { dependencies.tenancy }

  func add(to agency: RouterGroup<KeyContext>) {
    agency.get("agency", use: show)
      .get("brands", use: brands)
      .post("brands", use: createBrand)
    agency.group("brands/{brand}").add(middleware: BrandResolution(tenancy: tenancy))
      .get(use: brand)
  }

  @Sendable func show(_ request: Request, _ context: KeyContext) async throws -> Answer {
    _ = try Query(request)
    guard let agency = try await AgencyStore(tenancy.control).agency(context.key.agency) else { throw NotFound() }
    return try Answer.json(AgencyBody(agency))
  }

  /// Ordered by slug, which is also where the next page goes on.
  @Sendable func brands(_ request: Request, _ context: KeyContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging)
    let limit = try query.limit()
    let after = query.text("after")
    if let after, Slug(after) == nil { throw InvalidInput("after", .malformed, limit: "a–z, 0–9, -", actual: after) }
    let brands = try await BrandStore(tenancy.control)
      .brands(of: context.key.agency, after: after, limit: limit + 1)
    let page = brands.prefix(limit).map { BrandBody($0, settings: nil) }
    return try Answer.list(page, next: brands.count > limit ? page.last?.slug : nil, of: request)
  }

  @Sendable func brand(_ request: Request, _ context: KeyContext) async throws -> Answer {
    guard let brand = context.brand else { throw NotFound() }
    _ = try Query(request)
    return try Answer.json(try await body(of: brand))
  }

  @Sendable func createBrand(_ request: Request, _ context: KeyContext) async throws -> Answer {
    guard let creation = dependencies.brandCreation else { throw Problem(.brandCreationOff) }
    _ = try Query(request)
    try request.requireMediaType(["application/json"])
    let bytes = try await request.bytes(upTo: dependencies.limits.json)
    let key = try IdempotencyKey(request, body: bytes)
    let draft = try StrictDecoding.decode(
      BrandDraft.self, from: try JSONParser.parse(Array(bytes.readableBytesView)))
    let idempotency = AgencyIdempotency(pool: tenancy.control, agency: context.key.agency)
    return try await idempotency.once(key) { claimed in
      let brand = try await make(draft, with: creation, for: context.key.agency, claimed: claimed)
      return try Answer.created(try await body(of: brand), under: request.uri.path)
    }
  }

  /// A brand that came to be after the key was claimed was made by an earlier try with the key, which was cut off.
  private func make(
    _ draft: BrandDraft, with creation: BrandCreation, for agency: ID<Agency>, claimed: Date
  ) async throws -> Brand {
    do {
      return try await creation.create(
        slug: draft.slug, name: draft.name, zone: draft.zone ?? BrandDraft.usualZone, for: agency)
    } catch TenancyError.brandExists {
      let brand = try await tenancy.brand(draft.slug, of: agency)
      guard brand.createdAt >= claimed, brand.name == draft.name else {
        throw TenancyError.brandExists(slug: draft.slug)
      }
      return brand
    }
  }

  private func body(of brand: Brand) async throws -> BrandBody {
    let settings = try await BrandSettingsStore(tenancy.reader(of: brand)).current()
    return BrandBody(brand, settings: SettingsBody(settings))
  }
}

/// A brand to be made.
struct BrandDraft: Codable {
  /// The zone of a brand that names none: nearly all clients are in it.
  static let usualZone = "Asia/Shanghai"

  let slug: String
  let name: String
  let zone: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case slug, name, zone
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
}
