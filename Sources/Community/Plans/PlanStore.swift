import Almanac
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The plans of a brand.
public struct PlanStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// One plan. Throws `NotFound`.
  public func plan(_ id: ID<Plan>) async throws -> Plan {
    let rows = try await session.query(
      """
      select id, name, contents, audience, recurrence, grace_minutes, state, version, approved_at, approved_by,
        created_at
      from plans where id = \(id)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Plan(row)
  }

  /// One plan, held against other writers until the transaction ends. Throws `NotFound`.
  func locked(_ id: ID<Plan>) async throws -> Plan {
    try await session.query("select from plans where id = \(id) for update")
    return try await plan(id)
  }

  /// The plans by age.
  public func page(_ request: PageRequest) async throws -> Page<Plan> {
    let rows = try await session.query(
      """
      select id, name, contents, audience, recurrence, grace_minutes, state, version, approved_at, approved_by,
        created_at
      from plans where id > \(request.place) order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Plan.init))
  }

  /// Adds a plan; it makes nothing until it is approved.
  public func create(_ draft: PlanDraft) async throws -> ID<Plan> {
    try await check(draft)
    let id = ID<Plan>()
    try await session.query(
      """
      insert into plans (id, name, contents, audience, recurrence, grace_minutes)
      values (\(id), \(draft.name), \(draft.contents), \(JSON(encoding: draft.audience)), \(JSON(encoding: draft.recurrence)),
        \(draft.graceMinutes ?? 60))
      """)
    return id
  }

  func update(_ id: ID<Plan>, _ draft: PlanDraft) async throws {
    try await check(draft)
    try await session.query(
      """
      update plans set name = \(draft.name), contents = \(draft.contents), audience = \(JSON(encoding: draft.audience)),
        recurrence = \(JSON(encoding: draft.recurrence)), grace_minutes = \(draft.graceMinutes ?? 60)
      where id = \(id)
      """)
  }

  private func check(_ draft: PlanDraft) async throws {
    try draft.validate()
    let known = Set(
      try await session.query("select id from contents where id = any(\(draft.contents))")
        .map { try $0.value("id", as: ID<Content>.self) })
    let unknown = draft.contents.indices.filter { !known.contains(draft.contents[$0]) }
    guard unknown.isEmpty else {
      throw InvalidInput(unknown.map { FieldProblem("/contents/\($0)", .unknownReference) })
    }
  }
}

extension Plan {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    contents = try row.value("contents")
    audience = try row.value("audience", as: JSON.self).decode()
    recurrence = try row.value("recurrence", as: JSON.self).decode()
    graceMinutes = try row.value("grace_minutes")
    state = try row.state("state")
    version = try row.value("version")
    approvedAt = try row.value("approved_at")
    approvedBy = try row.value("approved_by")
    createdAt = try row.value("created_at")
  }
}
