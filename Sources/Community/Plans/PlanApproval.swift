import Crypto
import Almanac
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// Approves plans, takes approvals back, pauses and edits: whatever decides about what may leave.
///
/// An approval binds what it was given for: the pieces' versions, the groups that the audience came to, the recurrence
/// and the zone. Anything else raises the plan's version, and what was planned under an older version never leaves.
public struct PlanApproval: Sendable {
  private let transaction: BrandTransaction
  private let plans: PlanStore

  /// Works in the given transaction.
  public init(_ transaction: BrandTransaction) {
    self.transaction = transaction
    plans = PlanStore(transaction)
  }

  /// Approves a plan as it stands and plans its touches.
  ///
  /// - Parameter by: who approves, as the delivery will name them.
  /// - Throws: `InvalidInput` when the audience is empty or nothing lies ahead, `EditConflict` when the plan is not at
  ///   `version` any more, `NotFound`.
  public func approve(_ id: ID<Plan>, by: String, ifVersion version: Int?) async throws {
    let plan = try await plans.locked(id)
    try require(plan, version)
    let groups = try await groups(of: plan.audience)
    guard !groups.isEmpty else { throw InvalidInput("/audience", .emptyAudience) }
    let pieces = try await pieces(of: plan)
    let settings = try await BrandSettingsStore(transaction).held()
    let hash = try Self.hash(plan, groups, pieces, zone: settings.zone.identifier)
    // Approving once more what is approved already must not take back what is about to leave.
    if plan.state == .approved, try await approvedHash(of: id) == hash { return }
    try await transaction.query(
      """
      update plans set state = 'approved', version = version + 1, approved_at = now(), approved_by = \(by),
        approval_hash = \(hash), approved_groups = \(groups), approved_versions = \(pieces.map(\.version))
      where id = \(id)
      """)
    let planned = try await TouchPlanning(transaction).replan(id, in: settings.zone)
    guard planned > 0 else { throw InvalidInput("/recurrence", .nothingAhead) }
    try await transaction.tell(
      try Happening(.planApproved, [.plan: id, .state: Plan.State.approved.rawValue, .version: plan.version + 1]))
  }

  private func approvedHash(of id: ID<Plan>) async throws -> Data? {
    try await transaction.query("select approval_hash from plans where id = \(id)").first?.value("approval_hash")
  }

  /// Takes the approval back; what has not left does not leave.
  public func withdraw(_ id: ID<Plan>, ifVersion version: Int?) async throws {
    try await leave(.draft, id, version)
  }

  /// Holds the plan back until it is approved again.
  public func pause(_ id: ID<Plan>, ifVersion version: Int?) async throws {
    try await leave(.paused, id, version)
  }

  /// Replaces what can be edited. The plan then needs a new approval.
  public func edit(_ id: ID<Plan>, _ draft: PlanDraft, ifVersion version: Int?) async throws {
    try require(try await plans.locked(id), version)
    try await plans.update(id, draft)
    try await leave(.draft, id, nil)
  }

  private func leave(_ state: Plan.State, _ id: ID<Plan>, _ version: Int?) async throws {
    let plan = try await plans.locked(id)
    try require(plan, version)
    try await transaction.query(
      """
      update plans set state = \(state.rawValue), version = version + 1, approved_at = null, approved_by = null,
        approval_hash = null, approved_groups = null, approved_versions = null, planned_until = null
      where id = \(id)
      """)
    try await TouchPlanning(transaction).withdraw(id)
    // A draft that stays one was nothing that anybody counted on.
    guard state != plan.state else { return }
    let type = state == .paused ? EventType.planPaused : .planWithdrawn
    try await transaction.tell(
      try Happening(type, [.plan: id, .state: state.rawValue, .version: plan.version + 1]))
  }

  private func require(_ plan: Plan, _ version: Int?) throws {
    if let version, plan.version != version { throw EditConflict(current: plan.version) }
  }

  private func groups(of audience: Audience) async throws -> [ID<Group>] {
    let rows =
      if let groups = audience.groups {
        try await transaction.query(
          "select id from groups where id = any(\(groups)) and state in ('open', 'full') order by id")
      } else if let tags = audience.tags {
        try await transaction.query(
          "select id from groups where tags && \(tags) and state in ('open', 'full') order by id")
      } else if let kinds = audience.kinds {
        try await transaction.query(
          "select id from groups where kind = any(\(kinds)) and state in ('open', 'full') order by id")
      } else {
        try await transaction.query("select id from groups where state in ('open', 'full') order by id")
      }
    return try rows.map { try $0.value("id") }
  }

  private struct Piece: Encodable {
    let id: ID<Content>
    let version: Int
    let body: String
    let media: String?
  }

  /// The pieces in the plan's order, with the bytes that the approval is given for.
  private func pieces(of plan: Plan) async throws -> [Piece] {
    let rows = try await transaction.query(
      """
      select c.id, c.version, v.body::text, encode(m.sha256, 'hex')
      from unnest(\(plan.contents)) with ordinality as wanted (id, place)
      join contents c on c.id = wanted.id
      join content_versions v on v.content_id = c.id and v.version = c.version
      left join media m on m.id = (v.body ->> 'media_id')::uuid
      order by wanted.place
      """)
    return try rows.map { row in
      let (id, version, body, media) = try row.decode(ID<Content>.self, Int.self, String.self, String?.self)
      return Piece(id: id, version: version, body: body, media: media)
    }
  }

  private static func hash(
    _ plan: Plan, _ groups: [ID<Group>], _ pieces: [Piece], zone: String
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var hash = SHA256()
    hash.update(data: try encoder.encode(pieces))
    hash.update(data: try encoder.encode(groups))
    hash.update(data: try encoder.encode(plan.audience))
    hash.update(data: try encoder.encode(plan.recurrence))
    hash.update(data: Data("\(zone)|\(plan.graceMinutes)".utf8))
    return Data(hash.finalize())
  }
}
