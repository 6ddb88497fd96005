import Almanac
import Foundation
import Identifiers
import Postgres

/// A delivery that is claimed: the row says `sending`, and only the holder of the claim's id may settle it.
struct Claim: Sendable {
  let id: ID<Claim>
  let delivery: ID<Delivery>
  /// After this no byte may leave: the channel's window counts from the claim.
  let firstByteBy: ContinuousClock.Instant
  /// A call that goes on after this may arrive at the platform later than the channel's window allows for.
  let arrivesBy: ContinuousClock.Instant
}

/// The next delivery of a touch on a channel, with all that the guards ask for.
struct ClaimCandidate: Sendable {
  let delivery: ID<Delivery>
  let group: ID<Group>
  let day: PostgresDate
  let facts: DispatchFacts

  init(_ row: PostgresRow, claims: [Date], rateLimit: Int, window: TimeInterval) throws {
    delivery = try row.value("id")
    group = try row.value("group_id")
    day = try row.value("day")
    facts = DispatchFacts(
      isApproved: try row.value("is_approved"),
      isBrandActive: try row.value("is_brand_active"),
      isGroupActive: try row.value("is_group_active"),
      isChannelActive: try row.value("is_channel_active"),
      now: try row.value("now"),
      dueAt: try row.value("due_at"),
      grace: TimeInterval(try row.value("grace_minutes", as: Int.self) * 60),
      zone: try Zone(row.value("zone")),
      quietHours: QuietHours(
        from: try WallTime(iso: row.value("quiet_from")), to: try WallTime(iso: row.value("quiet_to"))),
      weight: try row.state("weight"),
      coreToday: try row.value("core_today"),
      coreDailyCap: try row.value("core_daily_cap"),
      parkedUntil: try row.value("parked_until"),
      claims: claims,
      rateLimit: rateLimit,
      window: window)
  }
}
