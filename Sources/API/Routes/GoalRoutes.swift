import Community
import Hummingbird
import Identifiers
import Tenancy

/// What a group is to reach.
struct GoalRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("groups/{group}/goals")
      .get(use: list)
      .post(use: create)
      .get("{goal}", use: show)
      .patch("{goal}", use: edit)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let group = try await group(context)
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await GoalStore(api.reader(context), of: group).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let group = try await group(context)
    return try await api.create(request, context) { (draft: GoalDraft, transaction) in
      let goals = GoalStore(transaction, of: group)
      return try await goals.goal(try await goals.create(draft))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let goals = GoalStore(api.reader(context), of: try context.id("group"))
    return try api.show(request, try await goals.goal(try context.id("goal")))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let (group, id) = (try context.id("group", of: Group.self), try context.id("goal", of: Goal.self))
    return try await api.patch(request, context) {
      try await GoalStore($0, of: group).goal(id)
    } write: { transaction, draft, version in
      try await GoalStore(transaction, of: group).update(id, draft, ifVersion: version)
    }
  }

  private func group(_ context: BrandContext) async throws -> ID<Group> {
    try await GroupStore(api.reader(context)).group(try context.id("group")).id
  }
}
