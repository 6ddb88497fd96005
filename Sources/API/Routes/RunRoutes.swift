import Community
import Foundation
import Hummingbird
import Identifiers
import JobQueue
import Postgres
import Tenancy
import Wording

/// The queue as the people of a brand see it: what runs, what failed and why, and what they can do about it.
struct RunRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("runs")
      .get(use: list)
      .get("overview", use: overview)
      .post("actions", use: actOnMany)
      .get("{run}", use: show)
      .post("{run}/actions", use: act)
  }

  /// The newest first, which is why the next page ends where this one began.
  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging.union(["state", "kind", "plan"]))
    var choice = RunChoice()
    choice.state = try query.choice("state")
    choice.kind = query.text("kind")
    choice.source = try query.id("plan", of: Plan.self)?.description
    let limit = try query.limit()
    choice.limit = limit + 1
    let runs = try await api.desk(context).runs(choice, before: try query.id("after"))
    let page = runs.prefix(limit).map(RunBody.init)
    return try Answer.list(page, next: runs.count > limit ? page.last?.id.description : nil, of: request)
  }

  @Sendable func overview(_ request: Request, _ context: BrandContext) async throws -> Answer {
    _ = try Query(request)
    return try Answer.json(OverviewBody(try await api.desk(context).overview()))
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, RunBody(try await run(context)))
  }

  @Sendable func act(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let before = try await run(context)
    _ = try Query(request)
    let wish = try await request.json(RunAction.self, upTo: api.limits.json)
    let done = try await act(wish.action, RunChoice([before.id]), api.desk(context))
    guard done.underWay == 0 else { throw Problem(.workUnderWay) }
    guard done.runs > 0 else { throw WrongState(state: before.state.rawValue) }
    return try Answer.json(RunBody(try await run(context)))
  }

  /// By what they have in common. Only what ended without success can be tried again, whatever the filter says.
  @Sendable func actOnMany(_ request: Request, _ context: BrandContext) async throws -> Answer {
    _ = try Query(request)
    let wish = try await request.json(RunsAction.self, upTo: api.limits.json)
    var choice = RunChoice()
    choice.state = wish.state
    choice.kind = wish.kind
    choice.source = wish.planID?.description
    choice.madeBefore = wish.madeBefore
    guard wish.state != nil || wish.kind != nil || wish.planID != nil || wish.madeBefore != nil else {
      throw InvalidInput("/state", .required)
    }
    let limit = wish.limit ?? 1_000
    guard 1...10_000 ~= limit else { throw InvalidInput("/limit", .outOfRange, limit: "1–10000", actual: "\(limit)") }
    choice.limit = limit
    return try Answer.json(RunCount(runs: try await act(wish.action, choice, api.desk(context)).runs))
  }

  /// How many runs it concerned, and how many it did not since others do their work.
  private func act(
    _ action: RunAction.Name, _ choice: RunChoice, _ desk: RunDesk
  ) async throws -> (runs: Int, underWay: Int) {
    switch action {
    case .retry:
      let retried = try await desk.retry(choice)
      return (retried.ready.count, retried.underWay.count)
    case .cancel: return (try await desk.cancel(choice).count, 0)
    case .front: return (try await desk.moveToFront(choice), 0)
    }
  }

  private func run(_ context: BrandContext) async throws -> RunRecord {
    guard let run = try await api.desk(context).run(try context.id("run")) else { throw NotFound() }
    return run
  }
}

extension BrandEndpoints {
  /// The queue's desk for the brand, at which the key's name signs.
  func desk(_ context: BrandContext) throws -> RunDesk {
    RunDesk(
      try tenancy.cells.pool(of: context.brand.cell), index: dependencies.index, tenant: ID(context.brand.id.uuid),
      as: context.caller.name)
  }
}
