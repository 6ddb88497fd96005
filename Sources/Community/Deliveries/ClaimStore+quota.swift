import Channels
import Foundation
import Identifiers
import Postgres
import Tenancy

/// What claims use up of a platform's month.
///
/// Wherever several counters are locked, the quota's come before those of the groups' days.
extension ClaimStore {
  /// Counts what one dispatch is about to carry against the month's quota; does nothing where there is none. Throws
  /// `CountedMeanwhile`, and the transaction is to be rolled back, when other claims have used it up since the candidates
  /// were read.
  func charge(_ candidates: [ClaimCandidate], of kind: ChannelKind) async throws {
    guard let first = candidates.first, let limit = first.facts.quotaLimit else { return }
    let charged = try await transaction.query(
      """
      with candidate as (
        select * from unnest(\(candidates.map(\.delivery)), \(candidates.map(\.quotaSubject))) as c (delivery, subject)
      ), charged as (
        insert into quota_months as q (kind, subject, month, used)
        select \(kind.rawValue), subject, \(first.month), count(*) from candidate group by subject order by subject
        on conflict (kind, subject, month) do update set used = q.used + excluded.used
          where q.used + excluded.used <= \(limit)
        returning subject
      )
      update deliveries d set quota_subject = c.subject, quota_month = \(first.month)
      from candidate c where d.id = c.delivery and c.subject in (select subject from charged)
      """)
    guard charged.affected == candidates.count else { throw CountedMeanwhile() }
  }

  /// Gives back what a claim has used up, of all its deliveries or of some: the platform provably did not take them, and
  /// counts none of them. To be called before they are settled; what is settled already keeps its count.
  func giveBackQuota(of claim: ID<Claim>, only deliveries: [ID<Delivery>]? = nil) async throws {
    let some: SQL = deliveries.map { "and d.id = any(\($0))" } ?? ""
    try await transaction.query(
      """
      with held as materialized (
        select d.id, c.kind, d.quota_subject, d.quota_month from deliveries d join channels c on c.id = d.channel_id
        where d.claim = \(claim) and d.state in ('sending', 'unknown') and d.quota_month is not null \(some)
        for update of d
      ), cleared as (
        update deliveries d set quota_subject = null, quota_month = null from held h where d.id = h.id
      ), sums as (
        select kind, quota_subject, quota_month, count(*)::integer as used from held group by 1, 2, 3
      )
      update quota_months q set used = q.used - s.used from sums s
      where q.kind = s.kind and q.subject = s.quota_subject and q.month = s.quota_month
      """)
  }
}
