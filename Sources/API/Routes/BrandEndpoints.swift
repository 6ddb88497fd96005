import Community
import Foundation
import HTTPTypes
import Hummingbird
import Tenancy
import Wording

/// What the routes of a brand's resources have in common: reading, making once, editing what is still as it was.
///
/// Existence is looked at before headers and bodies, so that what is not there and what is another's look alike.
struct BrandEndpoints: Sendable {
  let dependencies: APIDependencies
  let sweep = IdempotencySweep()

  /// How often an edit without If-Match is made anew on what somebody else has just written.
  private static let tries = 4

  var tenancy: Tenancy { dependencies.tenancy }
  var limits: APILimits { dependencies.limits }

  func reader(_ context: BrandContext, _ length: BrandReader.Length = .short) -> BrandReader {
    tenancy.reader(of: context.brand, length)
  }

  /// Shows one resource.
  func show(_ request: Request, _ resource: some Encodable) throws -> Answer {
    _ = try Query(request)
    let tag = (resource as? any Versioned).map { EntityTag(version: $0.version) }
    return try Answer.resource(resource).unless(request, has: tag)
  }

  /// Makes a resource from a JSON body, once per idempotency key.
  func create<Draft: Decodable, Made: Resource>(
    _ request: Request, _ context: BrandContext, _ make: (Draft, BrandTransaction) async throws -> Made
  ) async throws -> Answer {
    try await create(request, context, preparing: { (draft: Draft) in draft }, make)
  }

  /// Makes a resource from a JSON body, once per idempotency key, after a preparation that needs connections of its own
  /// and may be made in vain.
  func create<Draft: Decodable, Prepared, Made: Resource>(
    _ request: Request, _ context: BrandContext, preparing prepare: (Draft) async throws -> Prepared,
    _ make: (Prepared, BrandTransaction) async throws -> Made
  ) async throws -> Answer {
    _ = try Query(request)
    try request.requireMediaType(["application/json"])
    let body = try await request.bytes(upTo: limits.json)
    let key = try IdempotencyKey(request, body: body)
    let draft = try StrictDecoding.decode(Draft.self, from: try JSONParser.parse(Array(body.readableBytesView)))
    let prepared = try await prepare(draft)
    return try await once(key, context) { transaction in
      let made = try await make(prepared, transaction)
      try await transaction.note(try Act.created(made), by: context.actor)
      return try Answer.created(made, under: request.uri.path)
    }
  }

  /// Runs an effect once per idempotency key.
  func once(
    _ key: IdempotencyKey?, _ context: BrandContext, _ effect: (BrandTransaction) async throws -> Answer
  ) async throws -> Answer {
    try await tenancy.once(key, of: context.brand, sweeping: sweep, effect)
  }

  /// Changes what the merge patch (RFC 7396) in the body names.
  func patch<Thing: Editable>(
    _ request: Request, _ context: BrandContext, _ current: (any BrandSession) async throws -> Thing,
    write: (BrandTransaction, Thing.Draft, Int) async throws -> Void
  ) async throws -> Answer {
    _ = try await current(reader(context))
    _ = try Query(request)
    let required = try request.requiredVersion()
    let patch = try await request.jsonValue(
      upTo: limits.json, as: ["application/merge-patch+json", "application/json"])
    guard patch.object != nil else { throw InvalidInput("", .wrongType, limit: "object", actual: patch.typeName) }
    return try await edit(context, required, current, write: write) { $0.mergingKeepingStrayNulls(patch) }
  }

  /// Replaces all that can be set by the body.
  func replace<Thing: Editable>(
    _ request: Request, _ context: BrandContext, _ current: (any BrandSession) async throws -> Thing,
    write: (BrandTransaction, Thing.Draft, Int) async throws -> Void
  ) async throws -> Answer {
    _ = try await current(reader(context))
    _ = try Query(request)
    let required = try request.requiredVersion()
    let draft = try await request.jsonValue(upTo: limits.json)
    return try await edit(context, required, current, write: write) { _ in draft }
  }

  /// Does something to a resource that stands at the version which If-Match names, if it names one, and shows it.
  ///
  /// - Parameter name: what is done, as the audit calls it: `approved`, `paused`.
  func act<Thing: Versioned>(
    _ name: String, _ request: Request, _ context: BrandContext,
    _ current: (any BrandSession) async throws -> Thing, _ act: (BrandTransaction, Int?) async throws -> Void
  ) async throws -> Answer {
    let required = try request.requiredVersion()
    do {
      return try await tenancy.transaction(of: context.brand) { transaction in
        let before = try await current(transaction)
        try await act(transaction, required)
        let after = try await current(transaction)
        try await transaction.note(try Act.changed(name, from: before, to: after), by: context.actor)
        return try Answer.resource(after)
      }
    } catch let conflict as EditConflict {
      throw Self.refusal(of: conflict, required: required)
    }
  }

  /// An edit that changes nothing writes nothing.
  private func edit<Thing: Editable>(
    _ context: BrandContext, _ required: Int?, _ current: (any BrandSession) async throws -> Thing,
    write: (BrandTransaction, Thing.Draft, Int) async throws -> Void, change: (JSONValue) -> JSONValue
  ) async throws -> Answer {
    let readOnly = Set(Thing.CodingKeys.allCases.map(\.stringValue))
    for attempt in 1... {
      do {
        return try await tenancy.transaction(of: context.brand) { transaction in
          let before = try await current(transaction)
          if let required, required != before.version { throw Self.outdated(before.version) }
          let old = try JSONValue(encoding: before.draft)
          let new = change(old)
          let edited = try StrictDecoding.decode(Thing.Draft.self, from: new, readOnly: readOnly)
          guard old != new else { return try Answer.resource(before) }
          try await write(transaction, edited, before.version)
          let after = try await current(transaction)
          try await transaction.note(try Act.changed("edited", from: before, to: after), by: context.actor)
          return try Answer.resource(after)
        }
      } catch let conflict as EditConflict {
        guard required == nil, attempt < Self.tries else { throw Self.refusal(of: conflict, required: required) }
      }
    }
    throw Problem(.editConflict)
  }

  private static func refusal(of conflict: EditConflict, required: Int?) -> Problem {
    required == nil ? Problem(.editConflict) : outdated(conflict.current)
  }

  private static func outdated(_ version: Int) -> Problem {
    let tag = EntityTag(version: version).description
    return Problem(.preconditionFailed, [.actual: tag], headers: [.eTag: tag])
  }
}
