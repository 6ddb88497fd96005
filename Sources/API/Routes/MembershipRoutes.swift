import Community
import Hummingbird
import Identifiers
import Tenancy

/// Who is in a group.
struct MembershipRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("groups/{group}/members")
      .get(use: list)
      .put("{member}", use: join)
      .delete("{member}", use: leave)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let group = try await GroupStore(api.reader(context)).group(try context.id("group"))
    let query = try Query(request, allowing: Query.paging.union(["present", "trusted"]))
    let memberships = try await MemberStore(api.reader(context)).memberships(
      of: group.id, present: try query.optionalFlag("present"), trusted: try query.optionalFlag("trusted"),
      try query.page())
    return try Answer.page(memberships, of: request) { "\($0.memberID)" }
  }

  @Sendable func join(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let (group, member) = try await place(context)
    _ = try Query(request)
    let draft =
      request.hasBody
      ? try await request.json(MembershipDraft.self, upTo: api.limits.json)
      : MembershipDraft()
    return try await api.tenancy.transaction(of: context.brand) { transaction in
      let members = MemberStore(transaction)
      try await members.join(member, to: group, draft)
      try await transaction.note(
        try Act.on("group", group, "member_joined", after: ["member_id": .string("\(member)")]), by: context.actor)
      return try Answer.json(try await members.membership(of: member, in: group))
    }
  }

  @Sendable func leave(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let (group, member) = try await place(context)
    _ = try Query(request)
    try await api.tenancy.transaction(of: context.brand) { transaction in
      try await MemberStore(transaction).leave(member, from: group)
      try await transaction.note(
        try Act.on("group", group, "member_left", after: ["member_id": .string("\(member)")]), by: context.actor)
    }
    return .done
  }

  private func place(_ context: BrandContext) async throws -> (ID<Group>, ID<Member>) {
    let reader = api.reader(context)
    let group = try await GroupStore(reader).group(try context.id("group"))
    return (group.id, try await MemberStore(reader).member(try context.id("member")).id)
  }
}
