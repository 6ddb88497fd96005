import Community
import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import Tenancy

/// A brand's chat groups.
struct GroupRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("groups")
      .get(use: list)
      .post(use: create)
      .get("tally", use: tally)
      .post("edits", use: editMany)
      .get("{group}", use: show)
      .patch("{group}", use: edit)
      .get("{group}/announcements", use: announcements)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.choosing.union(GroupFilter.parameters))
    let wish = try query.sortedPage(by: GroupOrder.created)
    let fields = try query.fields(of: Group.CodingKeys.self)
    let page = try await GroupStore(api.reader(context, .long)).page(wish, try GroupFilter(query))
    let next = page.hasMore ? page.items.last.map { wish.place(of: $0).text } : nil
    return try Answer.list(try page.items.map { try Sparse($0, showing: fields) }, next: next, of: request)
  }

  /// For the tabs of a list.
  @Sendable func tally(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let filter = try GroupFilter(try Query(request, allowing: GroupFilter.parameters.subtracting(["state"])))
    return try Answer.json(Items(items: try await GroupStore(api.reader(context, .long)).tally(filter)))
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: GroupDraft) in
      try await api.requireKnown(draft.people, in: context)
      return draft
    } _: { draft, transaction in
      let groups = GroupStore(transaction)
      return try await groups.group(try await groups.create(draft, by: context.person))
    }
  }

  @Sendable func editMany(_ request: Request, _ context: BrandContext) async throws -> Answer {
    _ = try Query(request)
    try request.requireMediaType(["application/json"])
    let body = try await request.bytes(upTo: api.limits.json)
    let key = try IdempotencyKey(request, body: body)
    let json = try JSONParser.parse(Array(body.readableBytesView))
    let edits = try StrictDecoding.decode(GroupEdits.self, from: json)
    try await api.requireKnown(edits.people, in: context)
    return try await api.once(key, context) { transaction in
      let changed = try await GroupStore(transaction).apply(edits, by: context.person)
      let after = ["groups": JSONValue.array(changed.map { .string("\($0)") }), "edit": json]
      if !changed.isEmpty {
        try await transaction.note(try Act.on("group", "many", "edited", after: after), by: context.actor)
      }
      return try Answer.json(ChangeCount(changed: changed.count))
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
      let groups = GroupStore(transaction)
      let known = try await groups.group(id).draft.people.map(\.person)
      try await api.requireKnown(draft.people, in: context, besides: Set(known))
      try await groups.update(id, draft, ifVersion: version, by: context.person)
    }
  }

  /// The newest first, which is why the next page ends where this one began.
  @Sendable func announcements(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let groups = GroupStore(api.reader(context))
    let group = try await groups.group(try context.id("group"))
    let query = try Query(request, allowing: Query.paging)
    let page = try await groups.announcements(
      of: group.id, before: try query.id("after"), limit: try query.limit())
    return try Answer.page(page, of: request)
  }
}

/// How many things are others than before.
struct ChangeCount: Codable {
  let changed: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case changed
  }
}
