import Community
import Hummingbird
import Tenancy

/// The people in a brand's groups.
struct MemberRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("members")
      .get(use: list)
      .post(use: create)
      .get("{member}", use: show)
      .patch("{member}", use: edit)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await MemberStore(api.reader(context)).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: MemberDraft, transaction) in
      let members = MemberStore(transaction)
      return try await members.member(try await members.create(draft))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await MemberStore(api.reader(context)).member(try context.id("member")))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("member", of: Member.self)
    return try await api.patch(request, context) {
      try await MemberStore($0).member(id)
    } write: { transaction, draft, version in
      try await MemberStore(transaction).update(id, draft, ifVersion: version)
    }
  }
}
