import Community
import Foundation
import Hummingbird
import Identifiers
import JobQueue
import Tenancy

/// What a brand's people have stopped: everything, a plan, or a channel.
struct PauseRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.get("pauses", use: list)
      .put("pauses", use: set)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    _ = try Query(request)
    return try await standing(context)
  }

  /// Pauses or resumes; what stands so already is left as it is.
  @Sendable func set(_ request: Request, _ context: BrandContext) async throws -> Answer {
    _ = try Query(request)
    let wish = try await request.json(PauseDraft.self, upTo: api.limits.json)
    let scope = try await scope(of: wish, context)
    let desk = try api.desk(context)
    if wish.paused { try await desk.pause(scope) } else { try await desk.resume(scope) }
    return try await standing(context)
  }

  private func standing(_ context: BrandContext) async throws -> Answer {
    try Answer.json(Items(items: try await api.desk(context).pauses().compactMap(PauseBody.init)))
  }

  private func scope(of wish: PauseDraft, _ context: BrandContext) async throws -> PauseScope {
    switch (wish.scope, wish.id) {
    case (.brand, nil): return .tenant
    case (.brand, let id?): throw InvalidInput("/id", .unknownField, actual: id)
    case (_, nil): throw InvalidInput("/id", .required)
    case (.plan, let id?):
      if let plan = ID<Plan>(id), try await isThere({ try await PlanStore(api.reader(context)).plan(plan) }) {
        return .source("\(plan)")
      }
    case (.channel, let id?):
      if let channel = ID<Channel>(id),
        try await isThere({ try await ChannelStore(api.reader(context)).channel(channel) })
      {
        return .gate("\(channel)")
      }
    }
    throw InvalidInput("/id", .unknownReference, actual: wish.id)
  }

  private func isThere(_ look: () async throws -> some Sendable) async throws -> Bool {
    do {
      _ = try await look()
      return true
    } catch is NotFound {
      return false
    }
  }
}

/// What is to be paused or resumed.
struct PauseDraft: Codable {
  enum Scope: String, Codable, CaseIterable {
    case brand, plan, channel
  }

  let scope: Scope
  let id: String?
  let paused: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case scope, id, paused
  }
}

/// A pause as it is shown.
struct PauseBody: Encodable {
  let scope: PauseDraft.Scope
  let id: String?
  let since: Date
  let byWhom: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case scope, id, since
    case byWhom = "by_whom"
  }

  /// Nil for what is not a brand's own.
  init?(_ pause: Pause) {
    switch pause.scope {
    case .tenant: (scope, id) = (.brand, nil)
    case .source(let plan): (scope, id) = (.plan, plan)
    case .gate(let channel): (scope, id) = (.channel, channel)
    case .kind, nil: return nil
    }
    (since, byWhom) = (pause.since, pause.byWhom)
  }
}
