import Community
import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// One brand: its name, its life, and its end.
struct BrandRoutes: Sendable {
  let dependencies: APIDependencies

  private var tenancy: Tenancy { dependencies.tenancy }

  func add(to brand: RouterGroup<CallerContext>) {
    brand.get(use: show)
      .patch(use: rename)
      .put("state", use: move)
      .post("erasure", use: erase)
      .get("checklist", use: checklist)
  }

  @Sendable func show(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let brand = try brand(context)
    _ = try Query(request)
    // The settings in it have a version of their own: whoever has the brand's is sent it again.
    return try Answer.resource(try await BrandBody(brand, in: tenancy))
  }

  @Sendable func rename(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let brand = try brand(context)
    _ = try Query(request)
    let edit = try await request.json(
      BrandEdit.self, upTo: dependencies.limits.json, as: ["application/merge-patch+json", "application/json"])
    let version = try required(request, brand)
    let changed = try await BrandEditing(tenancy).rename(
      brand, to: edit.name ?? brand.name, ifVersion: version, by: context.actor)
    return try await shown(changed, instead: brand)
  }

  /// Suspends, resumes, archives, or brings back. What is archived is suspended too, and its plans lose their approval:
  /// nothing leaves before somebody has approved it anew.
  @Sendable func move(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let brand = try brand(context)
    _ = try Query(request)
    let wish = try await request.json(BrandStateDraft.self, upTo: dependencies.limits.json)
    let version = try required(request, brand)
    try await tenancy.transaction(of: brand) { transaction in
      let settings = BrandSettingsStore(transaction)
      if try await settings.move(to: wish.state == .active ? .active : .suspended, isForGood: wish.state == .archived) {
        try await transaction.note(
          Act("brand.\(wish.state == .active ? "resumed" : "suspended")", Act.Subject("brand", id: "\(brand.id)")),
          by: context.actor)
      }
    }
    let state: Brand.State = wish.state == .archived ? .archived : .ready
    guard brand.state != state else { return try await shown(brand, instead: brand) }
    let changed = try await BrandEditing(tenancy).move(brand, to: state, ifVersion: version, by: context.actor)
    return try await shown(changed, instead: brand)
  }

  /// For good, once its short name has been typed.
  @Sendable func erase(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let brand = try brand(context)
    guard let erasure = dependencies.brandErasure else { throw Problem(.brandCreationOff) }
    _ = try Query(request)
    let draft = try await request.json(ErasureDraft.self, upTo: dependencies.limits.json)
    guard draft.confirm == brand.slug else {
      throw InvalidInput("/confirm", .malformed, limit: brand.slug, actual: draft.confirm)
    }
    let gone = try await erasure.erase(brand, confirmedBy: draft.confirm, by: context.actor)
    return try Answer.json(ErasureBody(id: brand.id, slug: brand.slug, lastBackupExpires: gone))
  }

  @Sendable func checklist(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let brand = try brand(context)
    _ = try Query(request)
    let steps = try await BrandChecklist(tenancy.reader(of: brand, .long)).steps()
    return try Answer.json(Items(items: steps.map(ChecklistStepBody.init)))
  }

  private func brand(_ context: CallerContext) throws -> Brand {
    guard let brand = context.brand else { throw NotFound() }
    return brand
  }

  private func required(_ request: Request, _ brand: Brand) throws -> Int {
    guard let required = try request.requiredVersion() else { return brand.version }
    guard required == brand.version else { throw outdated(brand.version) }
    return required
  }

  private func shown(_ changed: Brand?, instead before: Brand) async throws -> Answer {
    guard let changed else { throw Problem(.editConflict) }
    return try Answer.resource(try await BrandBody(changed, in: tenancy))
  }

  private func outdated(_ version: Int) -> Problem {
    let tag = EntityTag(version: version).description
    return Problem(.preconditionFailed, [.actual: tag], headers: [.eTag: tag])
  }
}

/// What can be set of a brand.
struct BrandEdit: Codable {
  let name: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name
  }
}

/// Where a brand is to be in its life.
struct BrandStateDraft: Codable {
  enum State: String, Codable, CaseIterable {
    case active, suspended, archived
  }

  let state: State

  enum CodingKeys: String, CodingKey, CaseIterable {
    case state
  }
}

/// The typed confirmation of an erasure.
struct ErasureDraft: Codable {
  let confirm: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case confirm
  }
}

/// What is left of an erased brand.
struct ErasureBody: Codable {
  let id: ID<Brand>
  let slug: String
  let lastBackupExpires: Date

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, slug
    case lastBackupExpires = "last_backup_expires"
  }
}

/// A step on the way to a brand's first post.
struct ChecklistStepBody: Codable {
  let step: BrandChecklist.Step
  let isDone: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case step
    case isDone = "is_done"
  }

  init(_ state: BrandChecklist.StepState) {
    (step, isDone) = (state.step, state.isDone)
  }
}

/// A brand as it is shown; lists leave its settings out, which are in its own schema.
struct BrandBody: Resource, Versioned {
  let id: ID<Brand>
  let slug: String
  let name: String
  let state: BrandStateDraft.State?
  let version: Int
  let createdAt: Date
  let settings: SettingsBody?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, slug, name, state, version, settings
    case createdAt = "created_at"
  }

  init(_ brand: Brand, settings: SettingsBody?) {
    (id, slug, name, createdAt) = (brand.id, brand.slug, brand.name, brand.createdAt)
    version = brand.version
    state = brand.state == .archived ? .archived : settings.map { $0.state == .suspended ? .suspended : .active }
    self.settings = settings
  }

  init(_ brand: Brand, in tenancy: Tenancy) async throws {
    let settings = try await BrandSettingsStore(tenancy.reader(of: brand)).current()
    self.init(brand, settings: SettingsBody(settings))
  }
}
