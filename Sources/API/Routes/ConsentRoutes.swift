import Community
import Hummingbird
import Identifiers
import Tenancy

/// What members agreed to.
struct ConsentRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("members/{member}/consents")
      .get(use: list)
      .put("{kind}", use: give)
      .delete("{kind}", use: withdraw)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let member = try await member(context)
    _ = try Query(request)
    return try Answer.json(Items(items: try await ConsentStore(api.reader(context)).consents(of: member)))
  }

  @Sendable func give(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let (member, kind) = (try await member(context), try kind(context))
    _ = try Query(request)
    let draft = try await request.json(ConsentDraft.self, upTo: api.limits.json)
    return try await api.tenancy.transaction(of: context.brand) { transaction in
      let consent = try await ConsentStore(transaction).give(kind, of: member, draft, by: context.person)
      try await note("consent_given", kind, of: member, in: transaction, context)
      return try Answer.json(consent)
    }
  }

  @Sendable func withdraw(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let (member, kind) = (try await member(context), try kind(context))
    _ = try Query(request)
    try await api.tenancy.transaction(of: context.brand) { transaction in
      try await ConsentStore(transaction).withdraw(kind, of: member, by: context.person)
      try await note("consent_withdrawn", kind, of: member, in: transaction, context)
    }
    return .done
  }

  private func note(
    _ act: String, _ kind: Consent.Kind, of member: ID<Member>, in transaction: BrandTransaction,
    _ context: BrandContext
  ) async throws {
    let after = ["kind": JSONValue.string(kind.rawValue)]
    try await transaction.note(try Act.on("member", member, act, after: after), by: context.actor)
  }

  private func member(_ context: BrandContext) async throws -> ID<Member> {
    try await MemberStore(api.reader(context)).member(try context.id("member")).id
  }

  private func kind(_ context: BrandContext) throws -> Consent.Kind {
    guard let kind = context.parameters.get("kind").flatMap({ Consent.Kind(rawValue: String($0)) }) else {
      throw NotFound()
    }
    return kind
  }
}
