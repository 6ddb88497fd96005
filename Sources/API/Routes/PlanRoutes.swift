import Community
import Hummingbird
import Identifiers
import Tenancy

/// What is posted when, and whether it may be.
struct PlanRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("plans")
      .get(use: list)
      .post(use: create)
      .get("{plan}", use: show)
      .patch("{plan}", use: edit)
      .put("{plan}/approval", use: approve)
      .delete("{plan}/approval", use: withdraw)
      .put("{plan}/pause", use: pause)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await PlanStore(api.reader(context)).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.create(request, context) { (draft: PlanDraft, transaction) in
      let plans = PlanStore(transaction)
      return try await plans.plan(try await plans.create(draft))
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await plan(context))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("plan", of: Plan.self)
    return try await api.patch(request, context) {
      try await PlanStore($0).plan(id)
    } write: { transaction, draft, version in
      try await PlanApproval(transaction).edit(id, draft, ifVersion: version)
    }
  }

  /// Approves in the name of the key, unless the body names somebody.
  @Sendable func approve(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await plan(context).id
    let draft = request.hasBody ? try await request.json(ApprovalDraft.self, upTo: api.limits.json) : nil
    let name = try approver(draft, context)
    return try await act("approved", on: id, request, context) { try await $0.approve(id, by: name, ifVersion: $1) }
  }

  @Sendable func withdraw(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await plan(context).id
    return try await act("approval_withdrawn", on: id, request, context) { try await $0.withdraw(id, ifVersion: $1) }
  }

  @Sendable func pause(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await plan(context).id
    return try await act("paused", on: id, request, context) { try await $0.pause(id, ifVersion: $1) }
  }

  private func plan(_ context: BrandContext) async throws -> Plan {
    try await PlanStore(api.reader(context)).plan(try context.id("plan"))
  }

  /// A program may approve in the name of somebody who did so elsewhere; a person signs for nobody else.
  private func approver(_ draft: ApprovalDraft?, _ context: BrandContext) throws -> String {
    guard let name = try draft?.name() else { return context.caller.name }
    guard context.caller.person == nil || name == context.caller.name else {
      throw InvalidInput("/approved_by", .unknownField, actual: name)
    }
    return name
  }

  private func act(
    _ name: String, on id: ID<Plan>, _ request: Request, _ context: BrandContext,
    _ act: (PlanApproval, Int?) async throws -> Void
  ) async throws -> Answer {
    _ = try Query(request)
    return try await api.act(name, request, context) {
      try await PlanStore($0).plan(id)
    } _: { transaction, version in
      try await act(PlanApproval(transaction), version)
    }
  }
}

/// In whose name a plan is approved.
struct ApprovalDraft: Codable {
  let approvedBy: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case approvedBy = "approved_by"
  }

  /// The name; nil when none was given.
  func name() throws -> String? {
    guard let approvedBy else { return nil }
    guard !approvedBy.allSatisfy(\.isWhitespace) else { throw InvalidInput("/approved_by", .required) }
    guard approvedBy.count <= 100 else {
      throw InvalidInput("/approved_by", .tooLong, limit: "100", actual: "\(approvedBy.count)")
    }
    return approvedBy
  }
}
