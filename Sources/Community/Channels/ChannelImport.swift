import Channels
import Identifiers
import Postgres
import Tenancy

/// Brings the channels of a sheet into a brand: one is known by its robot. An empty cell leaves what is there.
struct ChannelImport: ImportKind {
  typealias Reader = ChannelRowReader

  /// What can be set of a channel that is there.
  private struct Present {
    let id: ID<Channel>
    let name: String
    let quota: Int?
    let version: Int
  }

  private let tenancy: Tenancy
  private let transaction: BrandTransaction

  init(_ tenancy: Tenancy, _ transaction: BrandTransaction) {
    self.tenancy = tenancy
    self.transaction = transaction
  }

  static func reserve(
    _ rows: [ChannelRow], for brand: Brand, _ tenancy: Tenancy
  ) async throws -> [String: ID<Channel>] {
    try await ChannelReservation(tenancy).reserve(rows.compactMap(\.account), for: brand)
  }

  func take(
    _ rows: [ChannelRow], reserved: [String: ID<Channel>]?, after earlier: any EarlierRows
  ) async throws -> [RowOutcome] {
    // Two imports of one sheet at once must not both make its channels.
    if reserved != nil { try await transaction.query("lock table channels in share row exclusive mode") }
    let present = try await present(rows)
    var new: [(id: ID<Channel>, row: ChannelRow, account: ChannelAccount)] = []
    var edited: [(id: ID<Channel>, row: ChannelRow)] = []
    let outcomes = try rows.map { row in
      try RowOutcome.of(row.row) {
        guard let account = row.account else { throw InvalidInput("/webhook", .malformed) }
        try row.validate()
        guard let before = present[account.fingerprint] else {
          guard let reserved else { return RowOutcome(row: row.row, kind: .created) }
          guard let id = reserved[account.fingerprint] else { throw InvalidInput("/webhook", .taken) }
          new.append((id, row, account))
          return RowOutcome(row: row.row, kind: .created, subject: id.uuid)
        }
        guard before.name != row.name || row.monthlyQuota.map({ $0 != before.quota }) ?? false else {
          return RowOutcome(row: row.row, kind: .unchanged, subject: before.id.uuid, version: before.version)
        }
        edited.append((before.id, row))
        return RowOutcome(
          row: row.row, kind: .updated, subject: before.id.uuid, version: before.version + 1,
          before: try JSON(encoding: Draft(name: before.name, monthly_quota: before.quota)))
      }
    }
    if reserved != nil { try await write(new, edited) }
    return outcomes
  }

  private struct Draft: Encodable {
    let name: String
    let monthly_quota: Int?
  }

  private func present(_ rows: [ChannelRow]) async throws -> [String: Present] {
    let found = try await transaction.query(
      """
      select fingerprint, id, name, monthly_quota, version from channels
      where fingerprint = any(\(rows.compactMap { $0.account?.fingerprint }))
      """)
    let pairs = try found.map { row in
      let present = Present(
        id: try row.value("id"), name: try row.value("name"), quota: try row.value("monthly_quota"),
        version: try row.value("version"))
      return (try row.value("fingerprint", as: String.self), present)
    }
    return Dictionary(pairs) { first, _ in first }
  }

  private func write(
    _ new: [(id: ID<Channel>, row: ChannelRow, account: ChannelAccount)], _ edited: [(id: ID<Channel>, row: ChannelRow)]
  ) async throws {
    let key = try tenancy.key(of: transaction.brand)
    let secrets = try new.map { channel in
      try key.seal(channel.account.key.reveal(), table: "channels", row: channel.id.uuid, column: "sealed_secret")
    }
    try await transaction.query([
      """
      insert into channels (id, kind, name, sealed_secret, fingerprint, monthly_quota)
      select * from unnest(\(new.map(\.id)), \(new.map(\.account.kind.rawValue)), \(new.map(\.row.name)), \(secrets),
        \(new.map(\.account.fingerprint)), \(new.map(\.row.monthlyQuota))::integer[])
      """,
      "insert into channel_windows (channel_id) select unnest(\(new.map(\.id)))",
      """
      update channels c set name = r.name, monthly_quota = coalesce(r.quota, c.monthly_quota), version = c.version + 1
      from unnest(\(edited.map(\.id)), \(edited.map(\.row.name)), \(edited.map(\.row.monthlyQuota))::integer[])
        as r (id, name, quota)
      where c.id = r.id
      """,
    ])
  }

  static func undo(_ id: ID<Import>, in transaction: BrandTransaction) async throws {
    let undoing: SQL = "c.import_id = \(id) and c.thing = 'channel' and c.undo = 'undoing'"
    try await transaction.query([
      """
      update import_changes c set undo = 'edited'
      where \(undoing) and not exists (select from channels h where h.id = c.subject_id and h.version = c.version)
      """,
      """
      update import_changes c set undo = 'in_use' where \(undoing) and c.kind = 'created'
        and (exists (select from groups g where g.channel_id = c.subject_id)
          or exists (select from deliveries d where d.channel_id = c.subject_id))
      """,
      """
      update channels h set name = c.before->>'name', monthly_quota = (c.before->>'monthly_quota')::integer,
        version = h.version + 1
      from import_changes c where \(undoing) and c.kind = 'updated' and h.id = c.subject_id
      """,
      "select undo_created(\(id), 'channel')",
    ])
  }
}

extension ChannelRow {
  fileprivate func validate() throws {
    var check = FieldCheck()
    check.room("/name", name, codePoints: 100)
    try check.finish()
  }
}
