import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy

/// What an opening of the cell did to a brand.
public struct BrandReopeningCounts: Sendable, Hashable, Codable {
  /// Deliveries of which nobody knows any more whether they arrived.
  public var unknown = 0
  /// Touches that had not become deliveries: they are not fired any more.
  public var missed = 0
  /// Channels that wait for a window's length.
  public var channels = 0

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case unknown, missed, channels
  }

  static func += (sum: inout BrandReopeningCounts, more: BrandReopeningCounts) {
    sum.unknown += more.unknown
    sum.missed += more.missed
    sum.channels += more.channels
  }
}

/// Makes a brand's ledger honest after Postgres went back: what may have been sent in the history that is lost is unknown,
/// and never sent by itself.
struct BrandReopening: Sendable {
  let transaction: BrandTransaction
  let span: CellOpeningSpan
  /// The most sends that any channel's window may hold.
  let windowLimit: Int

  /// May be done again: what it has done before it leaves alone.
  func run(by who: String) async throws -> BrandReopeningCounts {
    guard span.hasLoss else { return BrandReopeningCounts() }
    // The windows first, as everywhere: whoever claims locks them before all else. Then the touches, so that what an
    // expansion that was let in before writes now is seen below.
    var counts = BrandReopeningCounts()
    counts.channels = try await fillWindows()
    counts.missed = try await miss()
    counts.unknown = try await settle(by: who)
    return counts
  }

  /// The platform has not forgotten what left in the lost time.
  private func fillWindows() async throws -> Int {
    try await transaction.query(
      """
      update channel_windows set claimed = array_fill(clock_timestamp(), array[\(windowLimit)::integer])
      """
    ).affected
  }

  /// What was due may have left. It gets another claim: who remembers the old one knows nothing of what came after it.
  /// What is counted for a day and for a platform's month stays below the cap and the quota also if it left.
  private func settle(by who: String) async throws -> Int {
    try await transaction.query(
      """
      with quota as (
        \(Self.quotas)
      ), doubtful as materialized (
        select d.id, d.claim, d.group_id, d.state, d.reason,
          case when c.weight = 'core' and d.counted_day is null
            then (greatest(t.due_at, \(span.provenUntil)) at time zone s.zone)::date end as day,
          ch.kind, case when q.is_by_account then ch.id else d.group_id end as subject,
          case when d.quota_month is null and (q.is_limited or ch.monthly_quota is not null)
            then \(month(of: "greatest(t.due_at, \(span.provenUntil))")) end as month
        from deliveries d join touches t on t.id = d.touch_id join contents c on c.id = t.content_id cross join settings s
        left join channels ch on ch.id = d.channel_id left join quota q on q.kind = ch.kind
        where d.state = 'sending' or (d.state = 'ready' and t.due_at <= \(span.lostUntil))
          or (d.state = 'unknown' and d.settled_at < \(span.begunAt))
        order by d.id for update of d
      ), retired as (
        insert into retired_claims (id, delivery_id, claim, why, by_whom, state, reason)
        select gen_random_uuid(), id, claim, 'database_restored', \(who), state, reason from doubtful
        where claim is not null
      ), charged as (
        insert into quota_months as m (kind, subject, month, used)
        select kind, subject, month, count(*) from doubtful where month is not null group by kind, subject, month
        on conflict (kind, subject, month) do update set used = m.used + excluded.used
      ), counted as (
        insert into group_days (group_id, day, core)
        select group_id, day, count(*) from doubtful where day is not null group by group_id, day
        on conflict (group_id, day) do update set core = group_days.core + excluded.core
      )
      update deliveries d set state = 'unknown', claim = gen_random_uuid(), claim_run = null, claim_epoch = null,
        attempts = d.attempts + 1, settled_at = clock_timestamp(), counted_day = coalesce(d.counted_day, f.day),
        quota_subject = case when f.month is null then d.quota_subject else f.subject end,
        quota_month = coalesce(d.quota_month, f.month),
        reason = case when f.state = 'unknown' then d.reason else 'database_restored' end
      from doubtful f where d.id = f.id
      """
    ).affected
  }

  /// Touches that had not become deliveries here may have become some, and left.
  private func miss() async throws -> Int {
    try await transaction.query(
      """
      with missed as (
        update touches set state = 'missed'
        where state in ('planned', 'fired') and due_at <= \(span.lostUntil)
        returning plan_id, content_id, greatest(due_at, \(span.provenUntil)) as left_at
      ), quota as (
        \(Self.quotas)
      ), charged as (
        insert into quota_months as n (kind, subject, month, used)
        select ch.kind, case when q.is_by_account then ch.id else g.id end as subject,
          \(month(of: "m.left_at")) as month, count(*)
        from missed m join plans p on p.id = m.plan_id join groups g on g.id = any(p.approved_groups)
        join channels ch on ch.id = g.channel_id join quota q on q.kind = ch.kind
        where q.is_limited or ch.monthly_quota is not null
        group by 1, 2, 3
        on conflict (kind, subject, month) do update set used = n.used + excluded.used
      ), counted as (
        insert into group_days (group_id, day, core)
        select g.id, (m.left_at at time zone s.zone)::date as day, count(*)
        from missed m join contents c on c.id = m.content_id and c.weight = 'core' join plans p on p.id = m.plan_id
        cross join settings s join groups g on g.id = any(p.approved_groups)
        group by g.id, day
        on conflict (group_id, day) do update set core = group_days.core + excluded.core
      )
      select count(*) as touches from missed
      """
    ).first?.value("touches") ?? 0
  }

  /// What platforms count within a month, by the kinds of channels.
  private static var quotas: SQL {
    let quotas = ChannelKind.allCases.map { ($0.rawValue, $0.quota) }
    return """
      select * from unnest(
        \(quotas.map(\.0)), \(quotas.map { $0.1.counted == .account }), \(quotas.map { $0.1.limit != .none })
      ) as q (kind, is_by_account, is_limited)
      """
  }

  /// The platform's month in which an instant lies.
  private func month(of instant: SQL) -> SQL {
    "date_trunc('month', \(instant) at time zone \(ChannelQuota.zone))::date"
  }
}
