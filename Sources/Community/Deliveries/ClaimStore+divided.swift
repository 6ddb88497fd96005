import Channels
import Foundation
import Identifiers
import Postgres
import Tenancy

/// A counter on which a claim rests was raised by another claim since it was read.
struct CountedMeanwhile: Error {}

/// Dispatches of many deliveries.
extension ClaimStore {
  /// Locks what the outcome of a dispatch of many deliveries writes, in the order in which claims lock it: the channel's
  /// window, then the quotas and the groups' days, each in the order of their ids. Those who write many rows of the same groups then wait for each other, where
  /// without an order they could end in a deadlock.
  func lockCounters(of claim: ID<Claim>, on channel: ID<Channel>) async throws {
    _ = try await lockWindow(of: channel)
    try await transaction.query(
      """
      select from quota_months q where (kind, subject, month) in (
        select c.kind, d.quota_subject, d.quota_month from deliveries d join channels c on c.id = d.channel_id
        where d.claim = \(claim))
      order by q.subject for update
      """)
    try await transaction.query(
      """
      select from group_days gd join deliveries d on d.group_id = gd.group_id and d.counted_day = gd.day
      where d.claim = \(claim) order by gd.group_id for update of gd
      """)
  }

  /// Writes what became of each delivery of a dispatch. Like an outcome of all it settles only what is still open, and
  /// gives back the counts of what failed. False when nothing is known of the claim.
  @discardableResult
  func settle(_ claim: ID<Claim>, _ verdicts: [DeliveryVerdict], hash: Data) async throws -> Bool {
    let found = try await transaction.query(
      [
        """
        with verdict as (
          select * from unnest(
            \(verdicts.map(\.delivery)), \(verdicts.map(\.state.rawValue)), \(verdicts.map(\.reason?.kind.rawValue)),
            \(verdicts.map(\.reason?.code)), \(verdicts.map(\.reason?.text))
          ) as v (delivery, state, reason, code, detail)
        ), settled as (
          update deliveries d set
            state = case when v.state <> 'failed' then v.state when \(arrivedBefore) then 'delivered'
              when \(mayHaveArrivedBefore) then 'unknown' else v.state end,
            reason = case when v.state = 'failed' and (\(arrivedBefore) or \(mayHaveArrivedBefore)) then 'resend_held'
              else v.reason end,
            platform_code = v.code, detail = v.detail, rendered_hash = \(hash), settled_at = now()
          from verdict v where d.id = v.delivery and d.claim = \(claim) and d.state in ('sending', 'unknown')
            and d.reason is distinct from 'resend_held'
          returning d.group_id, d.counted_day, v.state
        ), kept as (
          update retired_claims rc set outcome = v.state, detail = v.detail, outcome_at = now()
          from verdict v where rc.delivery_id = v.delivery and rc.claim = \(claim) and rc.outcome is null
          returning rc.id
        ), uncounted as (
          update group_days gd set core = gd.core - 1 from settled s
          where s.state = 'failed' and gd.group_id = s.group_id and gd.day = s.counted_day and gd.core > 0
        )
        \(Self.isFound)
        """
      ], telling: LedgerEvents.settled("d.claim = \(claim)"))[0]
    return try await isKnown(claim, after: found)
  }
}
