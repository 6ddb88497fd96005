import Almanac
import Channels
import Foundation
import Identifiers
import Postgres

/// The deliveries that one dispatch carries, claimed together: their rows say `sending`, and only the holder of the
/// claim's id may settle them.
struct Claim: Sendable {
  let id: ID<Claim>
  /// One for each delivery, by the delivery's id.
  let destinations: [DispatchDestination]
  /// By Postgres's clock.
  let claimedAt: Date
  /// After this no byte may leave: the channel's window counts from the claim.
  let firstByteBy: ContinuousClock.Instant
  /// A call that goes on after this may arrive at the platform later than the channel's window allows for.
  let arrivesBy: ContinuousClock.Instant
}

/// What became of one delivery of a dispatch.
struct DeliveryVerdict: Sendable {
  let delivery: ID<Delivery>
  let state: Delivery.State
  let reason: DispatchReason?
}

extension Claim {
  /// What the platform's answers for single destinations say of the deliveries. One that it does not name may have
  /// arrived or not.
  func verdicts(from outcomes: [UUID: DestinationOutcome]) -> [DeliveryVerdict] {
    destinations.map { destination in
      let (state, reason): (Delivery.State, DispatchReason?) =
        switch outcomes[destination.id] {
        case .confirmed: (.delivered, nil)
        case .rejected(let reason): (.failed, reason)
        case nil: (.unknown, DispatchReason(.notNamed, text: "not in the platform's answer", hiding: Secret("")))
        }
      return DeliveryVerdict(delivery: ID(destination.id), state: state, reason: reason)
    }
  }
}

/// A delivery of a touch on a channel that is next, with all that the guards ask for.
struct ClaimCandidate: Sendable {
  let delivery: ID<Delivery>
  let group: ID<Group>
  let externalID: String?
  let day: PostgresDate
  /// What the platform's quota counts for: the channel or the group.
  let quotaSubject: UUID
  /// The platform's month.
  let month: PostgresDate
  let facts: DispatchFacts

  init(_ row: PostgresRow, claims: [Date], rate: ChannelRate, window: Duration, quota: ChannelQuota) throws {
    let (now, turn) = (try row.value("now", as: Date.self), try row.value("month_end", as: Date.self))
    let reach = (window - rate.window) / .seconds(1)
    delivery = try row.value("id")
    group = try row.value("group_id")
    externalID = try row.value("external_id")
    day = try row.value("day")
    quotaSubject = try row.value("quota_subject")
    month = try row.value("month")
    facts = DispatchFacts(
      isApproved: try row.value("is_approved"),
      isBrandActive: try row.value("is_brand_active"),
      isGroupActive: try row.value("is_group_active"),
      isChannelActive: try row.value("is_channel_active"),
      now: now,
      dueAt: try row.value("due_at"),
      grace: TimeInterval(try row.value("grace_minutes", as: Int.self) * 60),
      zone: try Zone(row.value("zone")),
      quietHours: QuietHours(
        from: try WallTime(iso: row.value("quiet_from")), to: try WallTime(iso: row.value("quiet_to"))),
      weight: try row.state("weight"),
      coreToday: try row.value("core_today"),
      coreDailyCap: try row.value("core_daily_cap"),
      quotaUsed: try row.value("quota_used"),
      quotaLimit: quota.limit(own: try row.value("monthly_quota"), days: try row.value("month_days")),
      monthTurnsAt: now.addingTimeInterval(reach) < turn ? nil : turn,
      parkedUntil: try row.value("parked_until"),
      claims: claims,
      rateLimit: rate.limit,
      window: window / .seconds(1))
  }
}
