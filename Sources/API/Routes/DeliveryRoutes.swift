import Community
import Hummingbird
import Tenancy

/// The ledger: what became of each touch at each destination.
struct DeliveryRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("deliveries")
      .get(use: list)
      .get("tally", use: tally)
      .get("{delivery}", use: show)
      .put("{delivery}/resolution", use: resolve)
      .get("{delivery}/resends", use: resends)
      .post("{delivery}/resends", use: resend)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging.union(["touch", "state"]))
    let page = try await DeliveryStore(api.reader(context, .long))
      .page(try query.page(), touch: try query.id("touch"), state: try query.choice("state"))
    return try Answer.page(page, of: request)
  }

  @Sendable func tally(_ request: Request, _ context: BrandContext) async throws -> Answer {
    _ = try Query(request)
    return try Answer.json(Items(items: try await DeliveryStore(api.reader(context, .long)).tally()))
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await DeliveryStore(api.reader(context)).delivery(try context.id("delivery")))
  }

  /// A person's word on a delivery of which nobody knows whether it arrived.
  @Sendable func resolve(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await DeliveryStore(api.reader(context)).delivery(try context.id("delivery")).id
    _ = try Query(request)
    let resolution = try await request.json(Resolution.self, upTo: api.limits.json)
    return try await api.tenancy.transaction(of: context.brand) { transaction in
      let deliveries = DeliveryStore(transaction)
      try await deliveries.resolve(
        id, arrived: resolution.arrived, attempts: resolution.attempts, by: context.caller.name)
      try await transaction.note(
        try Act.on("delivery", id, "resolved", after: ["arrived": .bool(resolution.arrived)]), by: context.actor)
      return try Answer.json(try await deliveries.delivery(id))
    }
  }
}

extension DeliveryRoutes {
  /// The claims without which the delivery went on: orders of people, and what a restored database forgot.
  @Sendable func resends(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await DeliveryStore(api.reader(context)).delivery(try context.id("delivery")).id
    _ = try Query(request)
    return try Answer.json(Items(items: try await DeliveryStore(api.reader(context)).retiredClaims(of: id)))
  }

  /// A person orders that it is sent again.
  @Sendable func resend(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await DeliveryStore(api.reader(context)).delivery(try context.id("delivery")).id
    _ = try Query(request)
    try request.requireMediaType(["application/json"])
    let body = try await request.bytes(upTo: api.limits.json)
    let key = try IdempotencyKey(request, body: body)
    let order = try StrictDecoding.decode(ResendOrder.self, from: try JSONParser.parse(Array(body.readableBytesView)))
    return try await api.once(key, context) { transaction in
      try await Resending(transaction, index: api.dependencies.index).resend(id, order, by: context.caller.name)
      return try Answer.json(try await DeliveryStore(transaction).delivery(id))
    }
  }
}

/// Whether a delivery arrived.
struct Resolution: Codable {
  let arrived: Bool
  /// How many attempts the person saw.
  let attempts: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case arrived, attempts
  }
}
