import Community
import Hummingbird
import Tenancy

/// The documents of rules that hold in a brand's groups.
struct RulesRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("rules")
      .get(use: list)
      .post(use: create)
      .get("{rules}", use: show)
      .patch("{rules}", use: edit)
      .get("{rules}/versions", use: versions)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await RulesStore(api.reader(context)).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: RulesDraft, transaction) in
      let rules = RulesStore(transaction)
      return try await rules.rules(try await rules.create(draft, by: context.person))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await RulesStore(api.reader(context)).rules(try context.id("rules")))
  }

  /// Another text is another version; the one before stays.
  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("rules", of: Rules.self)
    return try await api.patch(request, context) {
      try await RulesStore($0).rules(id)
    } write: { transaction, draft, version in
      try await RulesStore(transaction).update(id, draft, ifVersion: version, by: context.person)
    }
  }

  /// The newest first; `after` is the number of the last one seen.
  @Sendable func versions(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let store = RulesStore(api.reader(context))
    let id = try await store.rules(try context.id("rules")).id
    let query = try Query(request, allowing: Query.paging)
    let last = try query.optionalNumber("after", in: 1...Int(Int32.max))
    let page = try await store.versions(of: id, before: last, limit: try query.limit())
    return try Answer.page(page, of: request) { "\($0.version)" }
  }
}
