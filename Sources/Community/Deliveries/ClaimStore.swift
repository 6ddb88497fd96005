import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy

/// The SQL of claiming deliveries and of settling them.
struct ClaimStore: Sendable {
  let transaction: BrandTransaction

  /// Settles what earlier attempts at the same run left in the middle: they may have sent it. The window is to be locked
  /// before: a claim that an earlier attempt is just making is then seen here, and one that it tries later is refused.
  func settleOrphans(of touch: ID<Touch>, on channel: ID<Channel>, before attempt: Attempt) async throws {
    let settled = try await transaction.query(
      [
        """
        update deliveries set state = 'unknown', reason = 'worker_lost', settled_at = now()
        where touch_id = \(touch) and channel_id = \(channel) and state = 'sending'
          and not (claim_run = \(attempt.run) and claim_epoch = \(attempt.epoch))
        """
      ], telling: LedgerEvents.settled("d.touch_id = \(touch) and d.channel_id = \(channel)"))
    if settled[0].affected > 0 { try await transaction.order(.deliveryUnknown, about: touch.uuid) }
  }

  /// The channel's window, locked until the transaction ends: claims of one channel stand in line here.
  func lockWindow(of channel: ID<Channel>) async throws -> [Date] {
    let rows = try await transaction.query(
      "select claimed from channel_windows where channel_id = \(channel) for update")
    return try rows.first?.value("claimed") ?? []
  }

  /// The next deliveries that are ready, at most `count`. The clock is read here, after the window's lock was waited for,
  /// and once for all of them: they belong to one instant of the window and to one day.
  func candidates(
    of touch: ID<Touch>, on channel: ID<Channel>, upTo count: Int, claims: [Date], rate: ChannelRate, window: Duration,
    quota: ChannelQuota
  ) async throws -> [ClaimCandidate] {
    try await transaction.query(
      """
      with instant as materialized (select clock_timestamp() as now),
        clock as (
          select now, date_trunc('month', now at time zone \(ChannelQuota.zone))::date as month from instant
        )
      select d.id, d.group_id, g.external_id, c.weight,
        coalesce(d.due_again_at, t.due_at) as due_at, p.grace_minutes, clock.now,
        (clock.now at time zone s.zone)::date as day,
        p.state = 'approved' and p.version = t.version as is_approved, s.state = 'active' as is_brand_active,
        g.state in ('open', 'full') as is_group_active, ch.state = 'active' as is_channel_active, ch.parked_until,
        s.zone, s.quiet_from::text as quiet_from, s.quiet_to::text as quiet_to, s.core_daily_cap,
        coalesce((select core from group_days gd where gd.group_id = g.id
          and gd.day = (clock.now at time zone s.zone)::date), 0) as core_today,
        ch.monthly_quota, clock.month, extract(day from clock.month + interval '1 month - 1 day')::integer as month_days,
        (clock.month + interval '1 month') at time zone \(ChannelQuota.zone) as month_end,
        subject.id as quota_subject,
        coalesce((select used from quota_months q where q.kind = ch.kind and q.subject = subject.id
          and q.month = clock.month), 0) as quota_used
      from deliveries d
      join touches t on t.id = d.touch_id
      join plans p on p.id = t.plan_id
      join contents c on c.id = t.content_id
      join groups g on g.id = d.group_id
      join channels ch on ch.id = d.channel_id
      cross join settings s
      cross join clock
      cross join lateral (select case when \(quota.counted == .account) then ch.id else g.id end as id) subject
      where d.touch_id = \(touch) and d.channel_id = \(channel) and d.state = 'ready'
      order by d.id limit \(count) for update of d
      """
    ).map { try ClaimCandidate($0, claims: claims, rate: rate, window: window, quota: quota) }
  }

  /// Claims what one dispatch carries: counts each delivery against its group's day, and enters the dispatch once in the
  /// channel's window. Throws `CountedMeanwhile`, and the transaction is to be rolled back, when another channel's claim
  /// has reached a group's cap since the candidates were read.
  func claim(
    _ candidates: [ClaimCandidate], on channel: ID<Channel>, as id: ID<Claim>, in attempt: Attempt
  ) async throws {
    guard let first = candidates.first else { return }
    let facts = first.facts
    let counts = facts.weight == .core
    let window = DispatchGuards.recentClaims(facts).sorted().suffix(facts.rateLimit - 1) + [facts.now]
    // Counters are locked in the order of the groups: two claims that share groups then stand in line.
    let claimed = try await transaction.query(
      """
      with candidate as (
        select * from unnest(\(candidates.map(\.delivery)), \(candidates.map(\.group))) as c (delivery, group_id)
      ), counted as (
        insert into group_days (group_id, day, core)
        select group_id, \(first.day), 1 from candidate where \(counts) order by group_id
        on conflict (group_id, day) do update set core = group_days.core + 1
          where group_days.core < \(facts.coreDailyCap)
        returning group_id
      ), claimed as (
        update deliveries d set state = 'sending', claim = \(id), claim_run = \(attempt.run),
          claim_epoch = \(attempt.epoch), attempts = attempts + 1, claimed_at = \(facts.now), reason = null,
          platform_code = null, detail = null, counted_day = case when \(counts) then \(first.day) end
        from candidate c
        where d.id = c.delivery and d.state = 'ready'
          and (not \(counts) or c.group_id in (select group_id from counted))
        returning d.id
      ), placed as (
        update channel_windows set claimed = \(Array(window)) where channel_id = \(channel)
      )
      select count(*) from claimed
      """)
    guard try claimed.first?.decode(Int.self) == candidates.count else { throw CountedMeanwhile() }
  }

  /// Moves a claim in its channel's window to this moment.
  func countAgain(_ claim: ID<Claim>, on channel: ID<Channel>) async throws {
    // The lock first, as everywhere; array_replace changes both of two claims of one instant, which errs on the safe side.
    _ = try await lockWindow(of: channel)
    try await transaction.query(
      """
      update channel_windows w set claimed = array_replace(w.claimed, d.claimed_at, clock_timestamp())
      from deliveries d where d.claim = \(claim) and w.channel_id = \(channel)
      """)
  }

  func skip(_ deliveries: [ID<Delivery>], because reason: SkipReason) async throws {
    try await transaction.query(
      [
        """
        update deliveries d set \(unsent("skipped", because: "\(reason.rawValue)")), settled_at = now()
        where id = any(\(deliveries)) and state = 'ready'
        """
      ], telling: LedgerEvents.settled("d.id = any(\(deliveries))"))
  }

  /// Writes an outcome of all that a dispatch carries. A late one settles what was taken for unknown meanwhile: it is evidence. That of a claim without
  /// which the delivery went on settles nothing, and is kept. False when nothing is known of the claim.
  @discardableResult
  func settle(_ claim: ID<Claim>, as state: Delivery.State, reason: DispatchReason?, hash: Data?) async throws -> Bool {
    let written: SQL =
      state == .failed
      ? unsent("failed", because: "\(reason?.kind.rawValue)")
      : "state = \(state.rawValue), reason = \(reason?.kind.rawValue)"
    // Only the write that settles the row gives its count back: the same may be written again, or too late.
    let found = try await transaction.query(
      [
        """
        with settled as (
          update deliveries d set \(written),
            platform_code = \(reason?.code), detail = \(reason?.text), rendered_hash = \(hash), settled_at = now()
          where claim = \(claim) and state in ('sending', 'unknown') and reason is distinct from 'resend_held'
          returning group_id, counted_day
        ), kept as (
          update retired_claims set outcome = \(state.rawValue), detail = \(reason?.text), outcome_at = now()
          where claim = \(claim) and outcome is null
          returning id
        ), uncounted as (
          update group_days gd set core = gd.core - 1 from settled s
          where \(state == .failed) and gd.group_id = s.group_id and gd.day = s.counted_day and gd.core > 0
        )
        \(Self.isFound)
        """
      ], telling: LedgerEvents.settled("d.claim = \(claim)"))[0]
    return try await isKnown(claim, after: found)
  }

  /// Whether one of the rows `settled` or `kept` was there.
  static var isFound: SQL { "select exists (select from settled) or exists (select from kept) as found" }

  /// Whether anything is left of a claim, when a statement may not have found it: it may have been settled before.
  func isKnown(_ claim: ID<Claim>, after found: PostgresResult) async throws -> Bool {
    if try found.first?.value("found") == true { return true }
    return try await transaction.query(
      """
      select exists (select from deliveries where claim = \(claim))
        or exists (select from retired_claims where claim = \(claim)) as known
      """
    ).first?.value("known") ?? false
  }

  /// Lets go of a claim whose dispatch provably did not happen. The channel's window keeps it: that errs on the safe side.
  ///
  /// What was taken for unknown meanwhile is ready again as well, but failed when its run was given up. It needs another
  /// run when it was made ready so late that the one which would send it may have ended.
  func release(_ claim: ID<Claim>) async throws -> (isKnown: Bool, needsRun: Bool) {
    let found = try await transaction.query(
      """
      with held as materialized (
        select id, group_id, counted_day, state = 'unknown' as is_late,
          state = 'unknown' and reason = 'given_up' as is_given_up
        from deliveries where claim = \(claim) and state in ('sending', 'unknown') for update
      ), uncounted as (
        update group_days gd set core = gd.core - 1 from held h
        where gd.group_id = h.group_id and gd.day = h.counted_day and gd.core > 0
      ), kept as (
        update retired_claims set outcome = 'not_sent', outcome_at = now() where claim = \(claim) and outcome is null
        returning id
      ), settled as (
        update deliveries d set claim = null, counted_day = null, rendered_hash = null,
          state = case when not h.is_given_up then 'ready' when \(arrivedBefore) then 'delivered'
            when \(mayHaveArrivedBefore) then 'unknown' else 'failed' end,
          reason = case when h.is_given_up then d.reason end,
          settled_at = case when h.is_given_up then now() end
        from held h where d.id = h.id
        returning d.id, h.is_given_up, h.is_late and not h.is_given_up as needs_run
      )
      select exists (select from settled) or exists (select from kept) as found,
        exists (select from settled where needs_run) as needs_run,
        array(select id from settled where is_given_up) as given_up
      """)
    let givenUp: [ID<Delivery>] = try found.first?.value("given_up") ?? []
    if !givenUp.isEmpty { try await transaction.tell(LedgerEvents.settled("d.id = any(\(givenUp))")) }
    let needsRun: Bool = try found.first?.value("needs_run") ?? false
    return (try await isKnown(claim, after: found), needsRun)
  }

  /// Adds a run for what has become ready outside its own. It has no key: a run with the same work that still goes on
  /// may have looked for the last time. The index is not told of it: the sweep brings it.
  func enqueueAgain(_ work: DeliverTouch) async throws {
    _ = try await RunStore.enqueue([try NewRun(work)], of: ID<Tenant>(transaction.brand.id.uuid), in: transaction)
  }

  func park(_ channel: ID<Channel>, for seconds: TimeInterval) async throws {
    try await transaction.tell(
      """
      select 'channel.parked', jsonb_build_object('channel_id', id, 'parked_until', \(LedgerEvents.utc("parked_until")))
      from changed
      """,
      changing: """
        update channels set parked_until = greatest(parked_until, clock_timestamp() + \(seconds) * interval '1 second')
        where id = \(channel) returning id, parked_until
        """)
    try await transaction.order(.channelParked, about: channel.uuid)
  }

  func pause(_ channel: ID<Channel>, because reason: DispatchReason) async throws {
    try await transaction.tell(
      """
      select 'channel.paused', jsonb_build_object('channel_id', id, 'state', state, 'version', version) from changed
      """,
      changing: """
        update channels set state = 'paused', version = version + 1,
          paused_reason = \("\(reason.code.map(String.init) ?? reason.kind.rawValue): \(reason.text)")
        where id = \(channel) and state = 'active' returning id, state, version
        """)
    try await transaction.order(.channelPaused, about: channel.uuid)
  }

  /// Ends what a run leaves behind that is given up. The window is to be locked before, as for orphans.
  func abandon(_ touch: ID<Touch>, on channel: ID<Channel>, because reason: String) async throws {
    try await transaction.query(
      [
        """
        update deliveries d set state = case when \(arrivedBefore) then 'delivered'
            when state = 'sending' or \(mayHaveArrivedBefore) then 'unknown' else 'failed' end,
          reason = 'given_up', detail = \(String(reason.prefix(300))), settled_at = now()
        where touch_id = \(touch) and channel_id = \(channel) and state in ('sending', 'ready')
        """
      ], telling: LedgerEvents.settled("d.touch_id = \(touch) and d.channel_id = \(channel)"))
    // Whether one of them is unknown is looked at when it is told.
    try await transaction.order(.deliveryUnknown, about: touch.uuid)
  }

  // MARK: - After a resend

  /// What is written of a delivery `d` whose attempt came to nothing. Where an earlier one may have arrived that is not
  /// known, or known, and the new one changes nothing of it.
  private func unsent(_ state: String, because reason: SQL) -> SQL {
    """
    state = case when \(arrivedBefore) then 'delivered' when \(mayHaveArrivedBefore) then 'unknown' else \(state) end,
    reason = case when \(arrivedBefore) or \(mayHaveArrivedBefore) then 'resend_held' else \(reason) end
    """
  }

  var arrivedBefore: SQL {
    "exists (select from retired_claims rc where rc.delivery_id = d.id and rc.outcome = 'delivered')"
  }

  var mayHaveArrivedBefore: SQL {
    """
    exists (select from retired_claims rc where rc.delivery_id = d.id and rc.state in ('sending', 'unknown')
      and coalesce(rc.outcome, 'unknown') = 'unknown')
    """
  }
}
