public import Channels
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The channels of a brand.
public struct ChannelStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// A channel as it is shown. What its quota counts is the channel or its groups; only one of the two has rows.
  private static var shown: SQL {
    """
    select c.id, c.kind, c.name, c.state, c.paused_reason, c.parked_until, c.monthly_quota, c.version, c.created_at,
      to_char(m.month, 'YYYY-MM') as month, extract(day from m.month + interval '1 month - 1 day')::integer as month_days,
      coalesce((select max(q.used) from quota_months q where q.kind = c.kind and q.month = m.month
        and (q.subject = c.id or q.subject in (select g.id from groups g where g.channel_id = c.id))), 0) as quota_used
    from channels c
    cross join (select date_trunc('month', now() at time zone \(ChannelQuota.zone))::date as month) m
    """
  }

  /// One channel. Throws `NotFound`.
  public func channel(_ id: ID<Channel>) async throws -> Channel {
    let rows = try await session.query("\(Self.shown) where c.id = \(id)")
    guard let row = rows.first else { throw NotFound() }
    return try Channel(row)
  }

  /// The channels by age.
  public func page(_ request: PageRequest) async throws -> Page<Channel> {
    let rows = try await session.query(
      """
      \(Self.shown) where c.id > \(request.place) order by c.id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Channel.init))
  }

  /// Adds a channel with its key sealed. The account must have been reserved for it on the agencies' side.
  func add(_ id: ID<Channel>, name: String, account: ChannelAccount, key: BrandKey) async throws {
    let sealed = try key.seal(account.key.reveal(), table: "channels", row: id.uuid, column: "sealed_secret")
    try await session.query(
      """
      with added as (
        insert into channels (id, kind, name, sealed_secret, fingerprint)
        values (\(id), \(account.kind.rawValue), \(name), \(sealed), \(account.fingerprint))
        returning id
      )
      insert into channel_windows (channel_id) select id from added
      """)
  }

  /// Replaces what can be edited if the channel still stands at `version`.
  public func update(_ id: ID<Channel>, _ edit: ChannelEdit, ifVersion version: Int?) async throws {
    try edit.validate()
    let updated = try await session.query(
      """
      update channels set name = \(edit.name), state = \(edit.state.rawValue), monthly_quota = \(edit.monthlyQuota),
        version = version + 1,
        paused_reason = case when \(edit.state.rawValue) = 'active' then null else paused_reason end
      where id = \(id) and (\(version)::integer is null or version = \(version))
      """)
    guard updated.affected == 1 else { throw EditConflict(current: try await channel(id).version) }
  }

  /// The channel's account with its key opened, for the adapter.
  public func account(of id: ID<Channel>, key: BrandKey) async throws -> ChannelAccount {
    guard let row = try await session.query("select sealed_secret from channels where id = \(id)").first else {
      throw NotFound()
    }
    let secret = try key.open(
      row.value("sealed_secret", as: Data.self), table: "channels", row: id.uuid, column: "sealed_secret")
    return try ChannelAccount.weComRobot(secret)
  }
}

extension Channel {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    kind = try row.value("kind")
    name = try row.value("name")
    state = try row.state("state")
    pausedReason = try row.value("paused_reason")
    parkedUntil = try row.value("parked_until")
    monthlyQuota = try row.value("monthly_quota")
    quota = try QuotaUse(row, of: ChannelKind(rawValue: kind)?.quota, own: monthlyQuota)
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}

extension QuotaUse {
  /// Nil when nothing limits the channel, or when its kind is one that only a newer version knows.
  fileprivate init?(_ row: PostgresRow, of quota: ChannelQuota?, own: Int?) throws {
    guard let quota, let limit = quota.limit(own: own, days: try row.value("month_days")) else { return nil }
    counted = quota.counted
    self.limit = limit
    used = try row.value("quota_used")
    month = try row.value("month")
  }
}
