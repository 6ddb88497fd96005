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

  /// Takes the rows that have no problem and says what is wrong with the others. A dry run only says.
  ///
  /// - Parameter reserved: what `ChannelReservation` reserved for the sheet; nothing is needed for a dry run.
  public func run(_ sheet: GroupSheet, reserved: [String: ID<Channel>], dryRun: Bool) async throws -> ImportResult {
    // Two imports of one sheet at once must not both make its groups.
    if !dryRun { try await transaction.query("lock table groups in share row exclusive mode") }
    let (groups, channels) = try await present(sheet)
    var result = ImportResult()
    result.ignoredColumns = sheet.ignoredColumns
    result.problems = sheet.problems.map(ImportProblem.init)
    var changes = GroupChanges(groups, channels: channels, reserved: dryRun ? nil : reserved)
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
    if !dryRun {
      try await write(changes.newChannels)
      try await write(changes)
    }
    return result
  }

  private func present(_ sheet: GroupSheet) async throws -> ([Group], [String: ID<Channel>]) {
    let results = try await transaction.query([
      """
      select id, name, external_id, channel_id, kind, region, tags, owner, capacity, state, version, created_at
      from groups
      where name = any(\(sheet.rows.map(\.name))) or external_id = any(\(sheet.rows.compactMap(\.externalID)))
      order by id
      """,
      """
      select fingerprint, id from channels
      where fingerprint = any(\(sheet.rows.compactMap { $0.account?.fingerprint }))
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
    try await transaction.query([
      """
      insert into groups (id, name, external_id, channel_id, kind, region, tags, owner, capacity)
      select id, name, external_id, channel_id, kind, region, coalesce(tags, '{}'), owner, coalesce(capacity, 500)
      from jsonb_to_recordset(\(JSON(encoding: changes.new))) as r (id uuid, name text, external_id text,
        channel_id uuid, kind text, region text, tags text[], owner text, capacity integer)
      """,
      """
      update groups g set name = r.name, external_id = r.external_id, channel_id = r.channel_id, kind = r.kind,
        region = r.region, tags = coalesce(r.tags, '{}'), owner = r.owner, capacity = r.capacity, version = g.version + 1
      from jsonb_to_recordset(\(JSON(encoding: changes.edited))) as r (id uuid, name text, external_id text,
        channel_id uuid, kind text, region text, tags text[], owner text, capacity integer)
      where g.id = r.id
      """,
    ])
  }
}
