import Community
import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// The brands of the agency that the caller sees, and making one.
struct BrandCollectionRoutes: Sendable {
  let dependencies: APIDependencies

  private var tenancy: Tenancy { dependencies.tenancy }

  func add(to agency: RouterGroup<CallerContext>) {
    agency.get("brands", use: list)
      .post("brands", use: create)
  }

  /// Ordered by slug, which is also where the next page goes on.
  @Sendable func list(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging)
    let limit = try query.limit()
    let after = query.text("after")
    if let after, Slug(after) == nil { throw InvalidInput("after", .malformed, limit: "a–z, 0–9, -", actual: after) }
    let brands = try await BrandStore(tenancy.control).brands(
      of: context.caller.agency, among: context.caller.visibleBrands, after: after, limit: limit + 1)
    let page = brands.prefix(limit).map { BrandBody($0, settings: nil) }
    return try Answer.list(page, next: brands.count > limit ? page.last?.slug : nil, of: request)
  }

  @Sendable func create(_ request: Request, _ context: CallerContext) async throws -> Answer {
    guard let creation = dependencies.brandCreation else { throw Problem(.brandCreationOff) }
    _ = try Query(request)
    try request.requireMediaType(["application/json"])
    let bytes = try await request.bytes(upTo: dependencies.limits.json)
    let key = try IdempotencyKey(request, body: bytes)
    let draft = try StrictDecoding.decode(
      BrandDraft.self, from: try JSONParser.parse(Array(bytes.readableBytesView)))
    let idempotency = AgencyIdempotency(pool: tenancy.control, agency: context.caller.agency)
    return try await idempotency.once(key) { claimed in
      let brand = try await make(draft, with: creation, for: context, claimed: claimed)
      return try Answer.created(try await BrandBody(brand, in: tenancy), under: request.uri.path)
    }
  }

  /// A brand that came to be after the key was claimed was made by an earlier try with the key, which was cut off.
  private func make(
    _ draft: BrandDraft, with creation: BrandCreation, for context: CallerContext, claimed: Date
  ) async throws -> Brand {
    let agency = context.caller.agency
    do {
      return try await creation.create(
        slug: draft.slug, name: draft.name, zone: draft.zone ?? BrandDraft.usualZone, for: agency, by: context.actor)
    } catch TenancyError.brandExists {
      let brand = try await tenancy.brand(draft.slug, of: agency)
      guard brand.createdAt >= claimed, brand.name == draft.name else {
        throw TenancyError.brandExists(slug: draft.slug)
      }
      return brand
    }
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
