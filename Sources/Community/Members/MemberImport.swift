import Almanac
import Foundation
import Identifiers
import Postgres
import Tenancy

/// Brings the members of a sheet and their places in groups into a brand. Run again it changes nothing: a member is known
/// by external number, or else by phone, or else, with neither, by name and birthday within the groups of the row.
/// An empty cell leaves what is there, and nobody leaves a group because a sheet does not name it.
struct MemberImport: Sendable {
  private let transaction: BrandTransaction

  init(_ tenancy: Tenancy, _ transaction: BrandTransaction) {
    self.transaction = transaction
  }

  /// What the brand has that the rows may speak of.
  private func present(_ rows: [MemberSheet.Row]) async throws -> MemberChanges.Present {
    let labels = Array(Set(rows.flatMap(\.groups)))
    let (numbers, phones) = (rows.compactMap(\.externalID), rows.compactMap(\.phone))
    let names = rows.filter { $0.externalID == nil && $0.phone == nil }.map(\.displayName)
    // By what an index or one pass over the table finds: a condition with "or" would be held against each member.
    let members = try await transaction.query(
      """
      select \(MemberStore.columns) from members m where m.id in (
        select k.id from unnest(\(numbers)) as n join members k on k.external_id = n
        union select k.id from unnest(\(phones)) as p join members k on k.phone = p
        union select k.id from unnest(\(names)) as n join members k on k.name = n
        where k.external_id is null and k.phone is null)
      order by m.id
      """
    ).map(Member.init)
    let results = try await transaction.query([
      """
      select \(MemberStore.membershipColumns)
      from unnest(\(members.map(\.id))) as wanted (id) join memberships s on s.member_id = wanted.id
      join members m on m.id = s.member_id
      """,
      """
      select id, name, external_id from groups where id in (
        select g.id from unnest(\(labels)) as l join groups g on g.name = l
        union select g.id from unnest(\(labels)) as l join groups g on g.external_id = l)
      order by id
      """,
    ])
    return MemberChanges.Present(
      members: members, memberships: try results[0].map(Membership.init),
      groups: try results[1].map { try $0.decode(ID<Group>.self, String.self, String?.self) })
  }

  private func write(_ changes: MemberChanges) async throws {
    let columns = MemberDraft.columns
    try await transaction.query([
      """
      insert into members (id, \(columns))
      select id, \(columns) from jsonb_populate_recordset(null::members, \(JSON(encoding: changes.new)))
      """,
      """
      update members m set version = m.version + 1, (\(columns)) = (
        select \(columns) from jsonb_populate_record(null::members, r))
      from jsonb_array_elements(\(JSON(encoding: changes.edited))) as r where m.id = (r->>'id')::uuid
      """,
      MemberStore.keepingPastStays(changes.places.map(\.group), changes.places.map(\.member)),
      """
      insert into memberships (group_id, member_id, joined_at)
      select * from unnest(\(changes.places.map(\.group)), \(changes.places.map(\.member)), \(changes.places.map(\.joined)))
      on conflict (group_id, member_id) do update set
        left_at = null, joined_at = coalesce(
          excluded.joined_at, case when memberships.left_at is null then memberships.joined_at else now() end)
      """,
    ])
  }
}

extension MemberImport: ImportKind {
  typealias Reader = MemberRowReader

  func take(
    _ rows: [MemberSheet.Row], reserved: [String: ID<Channel>]?, after earlier: any EarlierRows
  ) async throws -> [RowOutcome] {
    // Two imports of one sheet at once must not both make its members.
    if reserved != nil { try await transaction.query("lock table members in share row exclusive mode") }
    let zone = try await BrandSettingsStore(transaction).current().zone
    let present = try await present(rows)
    let taken = try await earlier.touched(among: present.members.map(\.id), in: transaction)
    var changes = MemberChanges(present, zone: zone, taken: taken)
    let outcomes = try rows.map { row in try RowOutcome.of(row.row) { try changes.take(row) } }
    if reserved != nil { try await write(changes) }
    return outcomes
  }

  static func undo(_ id: ID<Import>, in transaction: BrandTransaction) async throws {
    let columns = MemberDraft.columns
    let undoing: SQL = "c.import_id = \(id) and c.thing = 'member' and c.undo = 'undoing'"
    let places: SQL = """
      import_changes c cross join lateral jsonb_to_recordset(c.places) as p (group_id uuid, before jsonb)
      where \(undoing) and s.member_id = c.subject_id and s.group_id = p.group_id and s.left_at is null
      """
    try await transaction.query([
      """
      update import_changes c set undo = 'edited'
      where \(undoing) and not exists (select from members m where m.id = c.subject_id and m.version = c.version)
      """,
      // Somebody has put them into another group since, or they have left one: that is not ours to forget.
      """
      update import_changes c set undo = 'in_use' where \(undoing) and c.kind = 'created' and exists (
        select from memberships s where s.member_id = c.subject_id and (s.left_at is not null or not exists (
          select from jsonb_to_recordset(c.places) as p (group_id uuid) where p.group_id = s.group_id)))
      """,
      "delete from memberships s using \(places) and p.before is null",
      """
      update memberships s set joined_at = (p.before->>'joined_at')::timestamptz,
        left_at = (p.before->>'left_at')::timestamptz
      from \(places) and p.before is not null
      """,
      """
      update members m set version = m.version + 1, (\(columns)) = (
        select \(columns) from jsonb_populate_record(null::members, c.before))
      from import_changes c where \(undoing) and c.before is not null and m.id = c.subject_id
      """,
      "select undo_created(\(id), 'member')",
    ])
  }
}
