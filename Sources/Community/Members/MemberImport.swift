import Almanac
import Foundation
import Identifiers
import Postgres
public import Tenancy

/// Brings the members of a sheet and their places in groups into a brand. Run again it changes nothing: a member is known
/// by external number, or else by phone, or else, with neither, by name and birthday within the groups of the row.
/// An empty cell leaves what is there, and nobody leaves a group because a sheet does not name it.
public struct MemberImport: Sendable {
  private let transaction: BrandTransaction

  /// Works in the given transaction.
  public init(_ transaction: BrandTransaction) {
    self.transaction = transaction
  }

  /// Takes the rows that have no problem and says what is wrong with the others. A dry run only says.
  public func run(_ sheet: MemberSheet, dryRun: Bool) async throws -> ImportResult {
    // Two imports of one sheet at once must not both make its members.
    if !dryRun { try await transaction.query("lock table members in share row exclusive mode") }
    let zone = try await BrandSettingsStore(transaction).current().zone
    var changes = MemberChanges(try await present(sheet), zone: zone)
    var result = ImportResult()
    result.ignoredColumns = sheet.ignoredColumns
    result.problems = sheet.problems.map(ImportProblem.init)
    for row in sheet.rows {
      do {
        try changes.take(row, into: &result)
      } catch let problem as ImportProblem {
        result.problems.append(problem)
      } catch let input as InvalidInput {
        result.problems += input.problems(ofRow: row.row)
      }
    }
    result.problems.sort { $0.row < $1.row }
    if !dryRun { try await write(changes) }
    return result
  }

  /// What the brand has that the sheet may speak of, in one round trip.
  private func present(_ sheet: MemberSheet) async throws -> MemberChanges.Present {
    let labels = Array(Set(sheet.rows.flatMap(\.groups)))
    let (numbers, phones) = (sheet.rows.compactMap(\.externalID), sheet.rows.compactMap(\.phone))
    let names = sheet.rows.filter { $0.externalID == nil && $0.phone == nil }.map(\.displayName)
    let known: SQL = """
      external_id = any(\(numbers)) or phone = any(\(phones))
        or (external_id is null and phone is null and name = any(\(names)))
      """
    let results = try await transaction.query([
      "select id, name, phone, external_id, birthday, version, created_at from members where \(known) order by id",
      """
      select s.group_id, s.member_id, m.name, s.joined_at, s.left_at, s.source
      from memberships s join members m on m.id = s.member_id where \(known)
      """,
      "select id, name, external_id from groups where name = any(\(labels)) or external_id = any(\(labels)) order by id",
    ])
    return MemberChanges.Present(
      members: try results[0].map(Member.init), memberships: try results[1].map(Membership.init),
      groups: try results[2].map { try $0.decode(ID<Group>.self, String.self, String?.self) })
  }

  private func write(_ changes: MemberChanges) async throws {
    try await transaction.query([
      """
      insert into members (id, name, phone, external_id, birthday)
      select id, name, phone, external_id, birthday
      from jsonb_to_recordset(\(JSON(encoding: changes.new)))
        as r (id uuid, name text, phone text, external_id text, birthday date)
      """,
      """
      update members m set name = r.name, phone = r.phone, external_id = r.external_id, birthday = r.birthday,
        version = m.version + 1
      from jsonb_to_recordset(\(JSON(encoding: changes.edited)))
        as r (id uuid, name text, phone text, external_id text, birthday date)
      where m.id = r.id
      """,
      """
      insert into memberships (group_id, member_id, joined_at)
      select * from unnest(\(changes.places.map(\.group)), \(changes.places.map(\.member)), \(changes.places.map(\.joined)))
      on conflict (group_id, member_id) do update set
        left_at = null, joined_at = coalesce(excluded.joined_at, memberships.joined_at)
      """,
    ])
  }
}
