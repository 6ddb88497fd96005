import Foundation
import Hummingbird
import Identifiers
import Postgres
import Tenancy

/// Who did what to a brand's data.
struct AuditRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.get("audit", use: list)
  }

  /// The newest first, which is why the next page ends where this one began.
  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: ["limit", "before", "actor", "act", "subject"])
    let before = try query.text("before") == nil ? nil : query.number("before", default: 0, in: 1...Int.max)
    let acts = try await BrandActs(api.tenancy, of: context.brand).acts(
      before: before, actor: try query.id("actor", of: Actor.self)?.uuid, act: query.text("act"),
      subject: query.text("subject"), limit: try query.limit())
    return try Answer.json(Items(items: acts.map(AuditBody.init)))
  }
}

/// An act as it is shown.
struct AuditBody: Encodable {
  let number: Int
  let at: Date
  let byWhom: String
  let actor: Actor?
  let act: String
  let subject: String
  let name: String?
  let before: JSONValue?
  let after: JSONValue?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case number, at, actor, act, subject, name, before, after
    case byWhom = "by_whom"
  }

  init(_ record: BrandActs.Record) {
    (number, at, byWhom, actor) = (record.number, record.at, record.byWhom, record.actor)
    (act, subject, name) = (record.act, record.subject, record.name)
    before = record.before.flatMap { try? JSONParser.parse($0.bytes) }
    after = record.after.flatMap { try? JSONParser.parse($0.bytes) }
  }
}
