public import Almanac
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// What was written down of groups' days. Measured data are to take its place.
public struct DailyRecordStore: Sendable {
  /// Most groups of a sheet that is taken at once.
  public static let limit = 5_000

  private let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  private static let columns: SQL =
    "r.day, r.members, r.joins, r.leaves, r.speakers, r.messages, r.orders, r.remarks, r.by_id, r.recorded_at"

  /// What was written down of a group, by day.
  public func records(of group: ID<Group>, _ days: ClosedRange<CivilDate>) async throws -> [DailyRecord] {
    try await session.query(
      """
      select \(Self.columns) from daily_records r
      where group_id = \(group) and day between \(PostgresDate(days.lowerBound)) and \(PostgresDate(days.upperBound))
      order by day
      """
    ).map(DailyRecord.init)
  }

  /// The groups that a filter is about, each with what was written down of its day.
  public func sheet(
    of day: CivilDate, _ request: SortedPageRequest<GroupOrder>, _ filter: GroupFilter
  ) async throws -> Page<DailySheetRow> {
    let rows = try await session.query(
      """
      select g.id, g.name, g.size, \(Self.columns)
      from groups g left join daily_records r on r.group_id = g.id and r.day = \(PostgresDate(day))
      where \(filter.condition) and \(try request.place)
      order by \(request.sorting) limit \(request.fetch)
      """)
    return request.page(
      of: try rows.map { row in
        let isRecorded = try row.value("day", as: PostgresDate?.self) != nil
        return DailySheetRow(
          groupID: try row.value("id"), name: try row.value("name"), size: try row.value("size"),
          record: isRecorded ? try DailyRecord(row) : nil)
      })
  }

  /// Writes down a group's day, in place of what was there; without any value nothing is there any more. Nil then.
  /// Throws `NotFound` when the group is not there.
  public func write(
    _ draft: DailyRecordDraft, of group: ID<Group>, on day: CivilDate, by person: PersonID? = nil
  ) async throws -> DailyRecord? {
    try draft.validate()
    guard try await missing([group]).isEmpty else { throw NotFound() }
    try await write([(group, draft)], on: day, by: person)
    return try await records(of: group, day...day).first
  }

  /// Writes down a day of many groups, all or none; how many records are another now.
  public func write(
    _ entries: [DailyRecordEntry], on day: CivilDate, by person: PersonID? = nil
  ) async throws -> Int {
    try validate(entries)
    let missing = try await missing(entries.map(\.groupID))
    let problems = entries.enumerated().filter { missing.contains($0.element.groupID) }
      .map { FieldProblem("/items/\($0.offset)/group_id", .unknownReference) }
    guard problems.isEmpty else { throw InvalidInput(Array(problems.prefix(100))) }
    return try await write(entries.map { ($0.groupID, $0.draft) }, on: day, by: person)
  }

  private func validate(_ entries: [DailyRecordEntry]) throws {
    var check = FieldCheck()
    if entries.count > Self.limit {
      throw InvalidInput("/items", .tooManyItems, limit: "\(Self.limit)", actual: "\(entries.count)")
    }
    var seen: Set<ID<Group>> = []
    for (index, entry) in entries.enumerated() {
      if !seen.insert(entry.groupID).inserted {
        check.add("/items/\(index)/group_id", .taken, actual: "\(entry.groupID)")
      }
      check.record(entry.draft, at: "/items/\(index)")
    }
    try check.finish()
  }

  private func missing(_ groups: [ID<Group>]) async throws -> Set<ID<Group>> {
    let rows = try await session.query("select id from groups where id = any(\(groups))")
    return Set(groups).subtracting(try rows.map { try $0.value("id", as: ID<Group>.self) })
  }

  /// The newest number of members that was written down is the size of the group. Groups are locked in the order of their
  /// ids, so that two sheets at once stand in line.
  @discardableResult
  private func write(
    _ entries: [(group: ID<Group>, draft: DailyRecordDraft)], on day: CivilDate, by person: PersonID?
  ) async throws -> Int {
    let date = PostgresDate(day)
    let groups = entries.map(\.group)
    try await session.query("select from groups where id = any(\(groups)) order by id for no key update")
    let emptied = entries.filter(\.draft.isEmpty).map(\.group)
    let removed = try await session.query(
      "delete from daily_records where day = \(date) and group_id = any(\(emptied))")
    let filled = entries.filter { !$0.draft.isEmpty }
    let written = try await session.query(
      """
      insert into daily_records as r (group_id, day, members, joins, leaves, speakers, messages, orders, remarks, by_id)
      select group_id, \(date), members, joins, leaves, speakers, messages, orders, remarks, \(person)
      from jsonb_to_recordset(\(JSON(encoding: filled.map(Row.init)))) as e (group_id uuid, members integer,
        joins integer, leaves integer, speakers integer, messages integer, orders integer, remarks text)
      on conflict (group_id, day) do update set members = excluded.members, joins = excluded.joins,
        leaves = excluded.leaves, speakers = excluded.speakers, messages = excluded.messages,
        orders = excluded.orders, remarks = excluded.remarks, by_id = excluded.by_id,
        recorded_at = excluded.recorded_at
      where (r.members, r.joins, r.leaves, r.speakers, r.messages, r.orders, r.remarks) is distinct from
        (excluded.members, excluded.joins, excluded.leaves, excluded.speakers, excluded.messages, excluded.orders,
          excluded.remarks)
      """)
    try await session.query(
      """
      update groups g set size = r.members, version = g.version + 1
      from daily_records r
      where r.group_id = any(\(groups)) and r.day = \(date) and r.members is not null and g.id = r.group_id
        and g.size is distinct from r.members
        and not exists (select from daily_records later
          where later.group_id = g.id and later.day > \(date) and later.members is not null)
      """)
    return removed.affected + written.affected
  }

  /// A row of the table as the statement reads it.
  private struct Row: Encodable {
    let group: ID<Group>
    let draft: DailyRecordDraft

    init(_ entry: (group: ID<Group>, draft: DailyRecordDraft)) {
      (group, draft) = entry
    }

    func encode(to encoder: any Encoder) throws {
      try draft.encode(to: encoder)
      var container = encoder.container(keyedBy: DailyRecordEntry.CodingKeys.self)
      try container.encode(group, forKey: .groupID)
    }
  }
}

extension DailyRecord {
  init(_ row: PostgresRow) throws {
    day = try CivilDate(row.value("day", as: PostgresDate.self))
    members = try row.value("members")
    joins = try row.value("joins")
    leaves = try row.value("leaves")
    speakers = try row.value("speakers")
    messages = try row.value("messages")
    orders = try row.value("orders")
    remarks = try row.value("remarks")
    byID = try row.value("by_id")
    recordedAt = try row.value("recorded_at")
  }
}
