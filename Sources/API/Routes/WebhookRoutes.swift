import Community
import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// The endpoints that are told of a brand's events.
struct WebhookRoutes: Sendable {
  let api: BrandEndpoints

  private var allowsLoopback: Bool { api.dependencies.allowsLocalWebhooks }

  func add(to brand: RouterGroup<BrandContext>) {
    brand.get("event-types", use: types)
    brand.group("webhooks")
      .get(use: list)
      .post(use: create)
      .get("{webhook}", use: show)
      .patch("{webhook}", use: edit)
      .delete("{webhook}", use: delete)
      .post("{webhook}/secrets", use: renewSecret)
      .post("{webhook}/tests", use: test)
      .get("{webhook}/deliveries", use: deliveries)
      .post("{webhook}/redeliveries", use: redeliver)
  }

  /// What can be told, and what it holds.
  @Sendable func types(_ request: Request, _ context: BrandContext) throws -> Answer {
    _ = try Query(request)
    return try Answer.json(Items(items: EventType.allCases.map { EventTypeBody($0, in: context.language) }))
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await WebhookStore(api.reader(context)).page(page), of: request)
  }

  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let key = try api.tenancy.key(of: context.brand)
    let made = try await api.create(request, context) { (draft: WebhookDraft, transaction) in
      let webhooks = WebhookStore(transaction)
      return try await webhooks.webhook(try await webhooks.create(draft, key: key, allowsLoopback: allowsLoopback))
    }
    return try await withSecret(made, context)
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    // Its failures are counted without a new version: whoever has the version is sent it again.
    _ = try Query(request)
    return try Answer.resource(try await webhook(context))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try context.id("webhook", of: Webhook.self)
    return try await api.patch(request, context) {
      try await WebhookStore($0).webhook(id)
    } write: { transaction, edit, version in
      try await WebhookStore(transaction).update(id, edit, ifVersion: version, allowsLoopback: allowsLoopback)
    }
  }

  @Sendable func delete(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let webhook = try await webhook(context)
    _ = try Query(request)
    try await api.tenancy.transaction(of: context.brand) { transaction in
      try await WebhookStore(transaction).delete(webhook.id)
      try await transaction.note(try Act.on("webhook", webhook.id, "deleted"), by: context.actor)
    }
    return .done
  }

  /// Another secret; the one before signs beside it for a day.
  @Sendable func renewSecret(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await webhook(context).id
    let key = try api.tenancy.key(of: context.brand)
    let renewed = try await once(request, context) { transaction in
      let webhooks = WebhookStore(transaction)
      try await webhooks.renewSecret(of: id, key: key)
      try await transaction.note(try Act.on("webhook", id, "secret_renewed"), by: context.actor)
      return try Answer.resource(try await webhooks.webhook(id), .created)
    }
    return try await withSecret(renewed, context)
  }

  /// An event that only says that it is one.
  @Sendable func test(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await webhook(context).id
    return try await once(request, context) { transaction in
      try Answer.json(try await WebhookDeliveryStore(transaction).test(id, in: transaction), .created)
    }
  }

  @Sendable func deliveries(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await webhook(context).id
    let query = try Query(request, allowing: Query.paging.union(["state"]))
    let page = try await WebhookDeliveryStore(api.reader(context, .long))
      .page(try query.page(), of: id, state: try query.choice("state"))
    return try Answer.page(page, of: request)
  }

  @Sendable func redeliver(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await webhook(context).id
    _ = try Query(request)
    try request.requireMediaType(["application/json"])
    let body = try await request.bytes(upTo: api.limits.json)
    let key = try IdempotencyKey(request, body: body)
    let order = try StrictDecoding.decode(
      RedeliveryOrder.self, from: try JSONParser.parse(Array(body.readableBytesView)))
    return try await api.once(key, context) { transaction in
      let count = try await WebhookDeliveryStore(transaction).redeliver(id, order, in: transaction)
      try await transaction.note(
        try Act.on("webhook", id, "redelivered", after: ["deliveries": .number("\(count)")]), by: context.actor)
      return try Answer.json(RedeliveryBody(deliveries: count), .accepted)
    }
  }
}

extension WebhookRoutes {
  private func webhook(_ context: BrandContext) async throws -> Webhook {
    try await WebhookStore(api.reader(context)).webhook(try context.id("webhook"))
  }

  private func once(
    _ request: Request, _ context: BrandContext, _ effect: (BrandTransaction) async throws -> Answer
  ) async throws -> Answer {
    _ = try Query(request)
    let body = try await request.bytes(upTo: api.limits.json)
    guard body.readableBytes == 0 else { throw InvalidInput("", .tooLong, limit: "0") }
    return try await api.once(try IdempotencyKey(request, body: body), context, effect)
  }

  /// Shows the secret beside the webhook to the one who made it. It stands in no kept answer: an answer that is given
  /// again has it while the secret is still the same.
  private func withSecret(_ answer: Answer, _ context: BrandContext) async throws -> Answer {
    let webhook = try StrictDecoding.decode(Webhook.self, from: try JSONParser.parse(Array(answer.body)))
    let key = try api.tenancy.key(of: context.brand)
    guard
      let secret = try await WebhookStore(api.reader(context))
        .secret(of: webhook.id, madeAt: webhook.secretMadeAt, key: key)
    else { return answer }
    var answer = answer
    answer.body = try JSONOutput.bytes(MadeWebhookBody(webhook: webhook, secret: secret.reveal()))
    answer.headers[.cacheControl] = "no-store"
    return answer
  }
}

/// A webhook as it is shown to the one who has just made it or its secret.
struct MadeWebhookBody: Encodable {
  let webhook: Webhook
  let secret: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case secret
  }

  func encode(to encoder: any Encoder) throws {
    try webhook.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(secret, forKey: .secret)
  }
}

/// A type of event as it is shown.
struct EventTypeBody: Encodable {
  struct Field: Encodable {
    let name: String
    let description: String

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, description
    }
  }

  let type: String
  let description: String
  let fields: [Field]
  let canBeWanted: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case type, description, fields
    case canBeWanted = "can_be_wanted"
  }

  init(_ type: EventType, in language: Language) {
    self.type = type.rawValue
    description = type.phrase.text(in: language)
    fields = type.fields.map { Field(name: $0.rawValue, description: $0.phrase.text(in: language)) }
    canBeWanted = type.canBeWanted
  }
}

/// How many deliveries are to be tried anew.
struct RedeliveryBody: Encodable {
  let deliveries: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case deliveries
  }
}
