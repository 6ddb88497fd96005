import Community
import Hummingbird
import Tenancy

/// A brand's library of pieces.
struct ContentRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("contents")
      .get(use: list)
      .post(use: create)
      .get("{content}", use: show)
      .put("{content}", use: replace)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await ContentStore(api.reader(context)).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: ContentDraft, transaction) in
      let contents = ContentStore(transaction)
      return try await contents.content(try await contents.create(draft, fitFor: api.dependencies.adapters))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await ContentStore(api.reader(context)).content(try context.id("content")))
  }

  /// A piece is replaced whole: which fields it has depends on its kind.
  @Sendable func replace(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("content", of: Content.self)
    return try await api.replace(request, context) {
      try await ContentStore($0).content(id)
    } write: { transaction, draft, version in
      try await ContentStore(transaction).update(id, draft, ifVersion: version, fitFor: api.dependencies.adapters)
    }
  }
}
