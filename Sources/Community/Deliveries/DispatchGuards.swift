public import Almanac
public import Foundation

/// What decides whether a delivery may leave now. Read in one transaction with the claim; pure from here on, so that a
/// rehearsal asks the same code.
public struct DispatchFacts: Sendable, Hashable {
  /// The plan is approved and at the version under which the touch was planned.
  public var isApproved: Bool
  /// The brand's sends are on.
  public var isBrandActive: Bool
  /// The group takes part.
  public var isGroupActive: Bool
  /// The channel is not paused.
  public var isChannelActive: Bool
  /// By the database's clock.
  public var now: Date
  /// When the touch was due.
  public var dueAt: Date
  /// How late it may leave.
  public var grace: TimeInterval
  /// The brand's zone.
  public var zone: Zone
  /// When nothing is sent.
  public var quietHours: QuietHours
  /// How much the piece asks of the group.
  public var weight: Content.Weight
  /// How many core items the group has had today.
  public var coreToday: Int
  /// How many it may have.
  public var coreDailyCap: Int
  /// How much of the month's quota is used up, as the platform counts it.
  public var quotaUsed = 0
  /// The month's quota; nil when there is none.
  public var quotaLimit: Int?
  /// The end of the platform's month, where a dispatch that leaves now may arrive on either side of it.
  public var monthTurnsAt: Date?
  /// Until when the platform wants nothing.
  public var parkedUntil: Date?
  /// The instants of the channel's last claims.
  public var claims: [Date]
  /// How many claims any `window` may hold.
  public var rateLimit: Int
  /// The platform's window with the time that a claim may take to reach it.
  public var window: TimeInterval
}

/// What the guards say.
public enum DispatchVerdict: Sendable, Hashable {
  /// It may leave.
  case send
  /// It does not leave.
  case skip(SkipReason)
  /// It may leave later.
  case wait(until: Date)
}

/// Why a delivery was held back for good.
public enum SkipReason: String, Sendable, Hashable, CaseIterable {
  case withdrawn
  case brandSuspended = "brand_suspended"
  case groupClosed = "group_closed"
  case channelPaused = "channel_paused"
  case tooLate = "too_late"
  case quietHours = "quiet_hours"
  case dailyCap = "daily_cap"
  /// It does not wait for a person or for the next month: the platform counts what people send by hand as well, and a
  /// post of this month is stale in the next. Whoever plans sees it skipped, and why, at its own time.
  case monthlyQuota = "monthly_quota"
  case noChannel = "no_channel"
}

/// The rules in the order in which a dispatch has to pass them.
public enum DispatchGuards {
  /// The first rule that holds it back decides.
  public static func verdict(on facts: DispatchFacts) -> DispatchVerdict {
    if !facts.isApproved { return .skip(.withdrawn) }
    if !facts.isBrandActive { return .skip(.brandSuspended) }
    if !facts.isGroupActive { return .skip(.groupClosed) }
    if !facts.isChannelActive { return .skip(.channelPaused) }
    if facts.now > facts.dueAt.addingTimeInterval(facts.grace) { return .skip(.tooLate) }
    if facts.quietHours.contains(facts.now, in: facts.zone) { return .skip(.quietHours) }
    if facts.weight == .core, facts.coreToday >= facts.coreDailyCap { return .skip(.dailyCap) }
    if let limit = facts.quotaLimit, facts.quotaUsed >= limit { return .skip(.monthlyQuota) }
    if facts.quotaLimit != nil, let turn = facts.monthTurnsAt { return .wait(until: turn) }
    if let free = nextSlot(facts), free > facts.now { return .wait(until: free) }
    return .send
  }

  /// When the channel takes the next one; nil when it does now.
  static func nextSlot(_ facts: DispatchFacts) -> Date? {
    let parked = facts.parkedUntil.flatMap { $0 > facts.now ? $0 : nil }
    let recent = recentClaims(facts).sorted()
    let full =
      recent.count >= facts.rateLimit
      ? recent[recent.count - facts.rateLimit].addingTimeInterval(facts.window) : nil
    return [parked, full].compactMap { $0 }.max()
  }

  /// The claims that still count.
  static func recentClaims(_ facts: DispatchFacts) -> [Date] {
    facts.claims.filter { $0 > facts.now.addingTimeInterval(-facts.window) }
  }
}
