import Channels
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// Brings the groups of a sheet into a brand. Run again it changes nothing: a group is known by its external number, or
/// else by its name. A column that the sheet does not have, or an empty cell, leaves what is there.
public struct GroupImport: Sendable {
  private let tenancy: Tenancy
  private let transaction: BrandTransaction

  /// Works in the given transaction.
  public init(_ tenancy: Tenancy, _ transaction: BrandTransaction) {
    self.tenancy = tenancy
    self.transaction = transaction
  }

  /// Takes the rows that have no problem and says what is wrong with the others.
  ///
  /// - Parameter reserved: what `ChannelReservation` reserved for the sheet.
  public func run(_ sheet: GroupSheet, reserved: [String: ID<Channel>]) async throws -> ImportResult {
    var result = ImportResult()
    result.ignoredColumns = sheet.ignoredColumns
    result.problems = sheet.problems.map(ImportProblem.init)
    result.add(try await take(sheet.rows, reserved: reserved, after: NoEarlierRows()))
    return result
  }

  private func present(_ rows: [GroupSheet.Row]) async throws -> ([Group], [String: ID<Channel>]) {
    let results = try await transaction.query([
      """
      select \(GroupStore.columns) from \(GroupStore.source)
      where g.id in (
        select k.id from unnest(\(rows.map(\.name))) as n join groups k on k.name = n
        union select k.id from unnest(\(rows.compactMap(\.externalID))) as n join groups k on k.external_id = n)
      order by g.id
      """,
      """
      select fingerprint, id from channels
      where fingerprint = any(\(rows.compactMap { $0.account?.fingerprint }))
      """,
    ])
    let channels = try results[1].map { try $0.decode(String.self, ID<Channel>.self) }
    return (try results[0].map(Group.init), Dictionary(channels) { first, _ in first })
  }

  /// A channel that somebody made of the same reservation meanwhile has the same id, and stays as it is.
  private func write(_ channels: [GroupChanges.NewChannel]) async throws {
    guard !channels.isEmpty else { return }
    let key = try tenancy.key(of: transaction.brand)
    let secrets = try channels.map { channel in
      try key.seal(channel.account.key.reveal(), table: "channels", row: channel.id.uuid, column: "sealed_secret")
    }
    let ids = channels.map(\.id)
    try await transaction.query([
      """
      insert into channels (id, kind, name, sealed_secret, fingerprint)
      select * from unnest(\(ids), \(channels.map(\.account.kind.rawValue)), \(channels.map(\.name)), \(secrets),
        \(channels.map(\.account.fingerprint)))
      on conflict do nothing
      """,
      "insert into channel_windows (channel_id) select unnest(\(ids)) on conflict do nothing",
    ])
  }

  private func write(_ changes: GroupChanges) async throws {
    let columns = GroupDraft.columns
    try await transaction.query([
      """
      insert into groups (id, \(columns))
      select id, \(columns) from jsonb_populate_recordset(null::groups, \(JSON(encoding: changes.new)))
      """,
      """
      update groups g set version = g.version + 1, (\(columns)) = (
        select \(columns) from jsonb_populate_record(null::groups, r))
      from jsonb_array_elements(\(JSON(encoding: changes.edited))) as r where g.id = (r->>'id')::uuid
      """,
    ])
  }
}

extension GroupImport: ImportKind {
  typealias Reader = GroupRowReader

  static func reserve(
    _ rows: [GroupSheet.Row], for brand: Brand, _ tenancy: Tenancy
  ) async throws -> [String: ID<Channel>] {
    try await ChannelReservation(tenancy).reserve(rows.compactMap(\.account), for: brand)
  }

  func take(
    _ rows: [GroupSheet.Row], reserved: [String: ID<Channel>]?, after earlier: any EarlierRows
  ) async throws -> [RowOutcome] {
    // Two imports of one sheet at once must not both make its groups.
    if reserved != nil { try await transaction.query("lock table groups in share row exclusive mode") }
    let (groups, channels) = try await present(rows)
    let taken = try await earlier.touched(among: groups.map(\.id), in: transaction)
    var changes = GroupChanges(groups, channels: channels, reserved: reserved, taken: taken)
    let outcomes = try rows.map { row in try RowOutcome.of(row.row) { try changes.take(row) } }
    if reserved != nil {
      try await write(changes.newChannels)
      try await write(changes)
    }
    return outcomes
  }

  static func undo(_ id: ID<Import>, in transaction: BrandTransaction) async throws {
    let columns = GroupDraft.columns
    let undoing: SQL = "c.import_id = \(id) and c.thing = 'group' and c.undo = 'undoing'"
    try await transaction.query([
      """
      update import_changes c set undo = 'edited'
      where \(undoing) and not exists (select from groups g where g.id = c.subject_id and g.version = c.version)
      """,
      """
      update import_changes c set undo = 'in_use' where \(undoing) and c.kind = 'created'
        and (exists (select from deliveries d where d.group_id = c.subject_id)
          or exists (select from memberships s where s.group_id = c.subject_id))
      """,
      """
      update groups g set version = g.version + 1, (\(columns)) = (
        select \(columns) from jsonb_populate_record(null::groups, c.before))
      from import_changes c where \(undoing) and c.kind = 'updated' and g.id = c.subject_id
      """,
      "select undo_created(\(id), 'group')",
    ])
    try await ChannelImport.undo(id, in: transaction)
  }
}
