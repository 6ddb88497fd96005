import Community
import Hummingbird
import Identifiers
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
      .get("{member}/stays", use: stays)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging.union(["fields"]).union(MemberFilter.parameters))
    let filter = try MemberFilter(query, seeing: context.phones)
    let fields = try query.fields(of: Member.CodingKeys.self)
    let page = try await MemberStore(api.reader(context, .long)).page(try query.page(), filter)
    let next = page.hasMore ? page.items.last.map { "\($0.id)" } : nil
    let shown = try page.items.map { try Sparse(MemberBody($0, context.phones), showing: fields) }
    return try Answer.list(shown, next: next, of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: MemberDraft, transaction) in
      let members = MemberStore(transaction)
      return MemberBody(try await members.member(try await members.create(draft)), context.phones)
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let member = try await MemberStore(api.reader(context)).member(try context.id("member"))
    return try api.show(request, MemberBody(member, context.phones))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("member", of: Member.self)
    return try await api.patch(request, context) {
      MemberBody(try await MemberStore($0).member(id), context.phones)
    } write: { transaction, draft, version in
      try await MemberStore(transaction).update(id, draft, ifVersion: version)
    }
  }

  @Sendable func stays(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let members = MemberStore(api.reader(context))
    let member = try await members.member(try context.id("member"))
    _ = try Query(request)
    return try Answer.json(Items(items: try await members.stays(of: member.id)))
  }
}

/// A member as a reader sees them, who may be shown only the tails of phone numbers. Editing begins from the whole.
struct MemberBody: Resource, Editable {
  typealias CodingKeys = Member.CodingKeys

  let id: ID<Member>
  let version: Int
  let draft: MemberDraft
  private let shown: Member

  init(_ member: Member, _ phones: PhoneView) {
    (id, version, draft) = (member.id, member.version, member.draft)
    shown = member.shown(with: phones)
  }

  func encode(to encoder: any Encoder) throws { try shown.encode(to: encoder) }
}

extension MemberFilter {
  /// The parameters of a list of members.
  static let parameters: Set<String> = ["q", "phone_tail", "external_id", "tag", "group", "do_not_disturb"]

  init(_ query: Query, seeing phones: PhoneView) throws {
    self.init()
    text = query.text("q")
    phoneTail = query.text("phone_tail")
    externalID = query.text("external_id")
    tag = query.text("tag")
    group = try query.id("group")
    doNotDisturb = try query.optionalFlag("do_not_disturb")
    try validate(phones)
    self = limited(to: phones)
  }
}
