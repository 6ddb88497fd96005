public import Almanac
public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// What a group is to reach by a day (目标).
public struct Goal: Sendable, Hashable, Codable {
  /// How it stands.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case open, reached, missed, dropped
  }

  /// Its identifier.
  public let id: ID<Goal>
  /// What is to be reached.
  public let title: String
  /// In what it is counted: 人, 单, 元, %.
  public let unit: String?
  /// How much.
  public let target: Double
  /// By when, by the brand's clock.
  public let dueOn: CivilDate
  /// How much there is of it so far.
  public let progress: Double
  /// How it stands, as a person has decided.
  public let state: State
  /// Raised by every edit.
  public let version: Int
  /// When it was set.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, title, unit, target, progress, state, version
    case dueOn = "due_on"
    case createdAt = "created_at"
  }
}

/// What can be set of a goal.
public struct GoalDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case title, unit, target, progress, state
    case dueOn = "due_on"
  }

  private static let most = 1e12

  var title: String
  var unit: String?
  var target: Double
  var dueOn: CivilDate
  var progress: Double?
  var state: Goal.State?

  func validate() throws {
    var check = FieldCheck()
    check.line("/title", title, upTo: 100)
    check.line("/unit", unit, upTo: 20, isRequired: false)
    if !(target > 0 && target <= Self.most) { check.add("/target", .outOfRange, limit: "0–1000000000000") }
    if !(0...Self.most).contains(progress ?? 0) { check.add("/progress", .outOfRange, limit: "0–1000000000000") }
    if !(2000...2100).contains(dueOn.year) {
      check.add("/due_on", .outOfRange, limit: "2000-01-01–2100-12-31", actual: "\(dueOn)")
    }
    try check.finish()
  }
}

extension Goal {
  /// The goal as it can be edited.
  public var draft: GoalDraft {
    GoalDraft(title: title, unit: unit, target: target, dueOn: dueOn, progress: progress, state: state)
  }
}

/// The goals of one group.
public struct GoalStore: Sendable {
  private let session: any BrandSession
  private let group: ID<Group>

  /// Works in the given session.
  public init(_ session: any BrandSession, of group: ID<Group>) {
    self.session = session
    self.group = group
  }

  private static let columns: SQL = "id, title, unit, target, due_on, progress, state, version, created_at"

  /// One goal of the group. Throws `NotFound`.
  public func goal(_ id: ID<Goal>) async throws -> Goal {
    let rows = try await session.query(
      "select \(Self.columns) from goals where id = \(id) and group_id = \(group)")
    guard let row = rows.first else { throw NotFound() }
    return try Goal(row)
  }

  /// The group's goals by age.
  public func page(_ request: PageRequest) async throws -> Page<Goal> {
    let rows = try await session.query(
      """
      select \(Self.columns) from goals where group_id = \(group) and id > \(request.place)
      order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Goal.init))
  }

  /// Adds a goal. Throws `NotFound` when the group is not there.
  public func create(_ draft: GoalDraft) async throws -> ID<Goal> {
    try draft.validate()
    let id = ID<Goal>()
    do {
      try await session.query(
        """
        insert into goals (id, group_id, title, unit, target, due_on, progress, state)
        values (\(id), \(group), \(draft.title), \(draft.unit), \(draft.target), \(PostgresDate(draft.dueOn)),
          \(draft.progress ?? 0), \((draft.state ?? .open).rawValue))
        """)
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw NotFound()
    }
    return id
  }

  /// Replaces what can be edited if the goal still stands at `version`.
  public func update(_ id: ID<Goal>, _ draft: GoalDraft, ifVersion version: Int?) async throws {
    try draft.validate()
    let updated = try await session.query(
      """
      update goals set title = \(draft.title), unit = \(draft.unit), target = \(draft.target),
        due_on = \(PostgresDate(draft.dueOn)), progress = \(draft.progress ?? 0),
        state = \((draft.state ?? .open).rawValue), version = version + 1
      where id = \(id) and group_id = \(group) and (\(version)::integer is null or version = \(version))
      """)
    guard updated.affected == 1 else { throw EditConflict(current: try await goal(id).version) }
  }
}

extension Goal {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    title = try row.value("title")
    unit = try row.value("unit")
    target = try row.value("target")
    dueOn = try CivilDate(row.value("due_on", as: PostgresDate.self))
    progress = try row.value("progress")
    state = try row.state("state")
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
