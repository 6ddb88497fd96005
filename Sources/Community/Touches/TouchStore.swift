import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The touches of a brand, for those who read them.
public struct TouchStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// One touch. Throws `NotFound`.
  public func touch(_ id: ID<Touch>) async throws -> Touch {
    let rows = try await session.query(
      """
      select id, plan_id, occurrence, version, content_id, content_version, due_at, wall, zone, state, fired_at
      from touches where id = \(id)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Touch(row)
  }

  /// The touches by age, of one plan or in one state only when these are given.
  public func page(_ request: PageRequest, plan: ID<Plan>?, state: Touch.State?) async throws -> Page<Touch> {
    let ofPlan: SQL = plan.map { "and plan_id = \($0)" } ?? ""
    let inState: SQL = state.map { "and state = \($0.rawValue)" } ?? ""
    let rows = try await session.query(
      """
      select id, plan_id, occurrence, version, content_id, content_version, due_at, wall, zone, state, fired_at
      from touches where id > \(request.place) \(ofPlan) \(inState)
      order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Touch.init))
  }
}

extension Touch {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    planID = try row.value("plan_id")
    occurrence = try row.value("occurrence")
    version = try row.value("version")
    contentID = try row.value("content_id")
    contentVersion = try row.value("content_version")
    dueAt = try row.value("due_at")
    wall = try row.value("wall")
    zone = try row.value("zone")
    state = try row.state("state")
    firedAt = try row.value("fired_at")
  }
}
