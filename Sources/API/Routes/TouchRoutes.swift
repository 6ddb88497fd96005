import Community
import Hummingbird
import Tenancy

/// What is to be sent, and what was, by time.
struct TouchRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("touches")
      .get(use: list)
      .get("{touch}", use: show)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging.union(["plan", "state"]))
    let page = try await TouchStore(api.reader(context, .long))
      .page(try query.page(), plan: try query.id("plan"), state: try query.choice("state"))
    return try Answer.page(page, of: request)
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await TouchStore(api.reader(context)).touch(try context.id("touch")))
  }
}
