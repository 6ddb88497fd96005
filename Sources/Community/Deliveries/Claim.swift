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
  let facts: DispatchFacts

  init(_ row: PostgresRow, claims: [Date], rateLimit: Int, window: TimeInterval) throws {
    delivery = try row.value("id")
    group = try row.value("group_id")
    externalID = try row.value("external_id")
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
