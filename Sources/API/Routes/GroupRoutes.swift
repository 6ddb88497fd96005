import Community
import Hummingbird
import Tenancy

/// A brand's chat groups.
struct GroupRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("groups")
      .get(use: list)
      .post(use: create)
      .get("{group}", use: show)
      .patch("{group}", use: edit)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging.union(["tag"]))
    let page = try await GroupStore(api.reader(context, .long)).page(try query.page(), tag: query.text("tag"))
    return try Answer.page(page, of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: GroupDraft, transaction) in
      let groups = GroupStore(transaction)
      return try await groups.group(try await groups.create(draft))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await GroupStore(api.reader(context)).group(try context.id("group")))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("group", of: Group.self)
    return try await api.patch(request, context) {
      try await GroupStore($0).group(id)
    } write: { transaction, draft, version in
      try await GroupStore(transaction).update(id, draft, ifVersion: version)
    }
  }
}
