import Channels
import Foundation
import Identifiers
import JobQueue
import Logging
import Postgres
import Tenancy

/// The transactions of one attempt at one touch on one channel.
struct Claiming: Sendable {
  let tenancy: Tenancy
  let brand: Brand
  let work: DeliverTouch
  let attempt: Attempt
  let kind: ChannelKind
  let rate: ChannelRate
  let quota: ChannelQuota
  /// How many deliveries one dispatch may carry.
  let capacity: Int
  let timing: DispatchTiming
  let logger: Logger

  /// How often a claim is made anew when others raise the counters on which it rests. Each time some of them got through.
  private static let tries = 50

  enum Step: Sendable {
    case nothingLeft
    case skipped
    case wait(until: Date)
    /// The platform's budget has no call for so long.
    case noCall(for: Duration)
    case claimed(Claim)
  }

  /// Looks at the next deliveries, as many as a dispatch may carry: skips those that a rule holds back and claims the
  /// others together, or says how long the channel has to wait.
  ///
  /// When the commit itself is in doubt the claim is let go again before the error goes on: nothing has been sent.
  ///
  /// - Parameter latest: no byte may leave after this, whatever the channel's own limit says.
  func claim(leavingBy latest: ContinuousClock.Instant? = nil) async throws -> Step {
    let claim = ID<Claim>()
    var tries = 0
    while true {
      tries += 1
      let delayed = ContinuousClock.now + timing.firstByteDelay
      let deadline = min(delayed, latest ?? delayed)
      do {
        return try await tenancy.transaction(of: brand) { transaction in
          try await step(ClaimStore(transaction: transaction), claim, deadline)
        }
      } catch is CountedMeanwhile where tries < Self.tries {
        // Nothing was claimed; the guards now see the counter that was in the way.
        continue
      } catch let error as PostgresError where error.isOvertaken {
        throw LeaseLost()
      } catch let error as LeaseLost {
        throw error
      } catch {
        try await release(claim)
        throw error
      }
    }
  }

  private func step(
    _ store: ClaimStore, _ claim: ID<Claim>, _ deadline: ContinuousClock.Instant
  ) async throws -> Step {
    let claims = try await store.lockWindow(of: work.channel)
    // Only now: an attempt that was overtaken while it waited for the lock must not claim behind the other's back.
    try await attempt.requireEpoch(in: store.transaction)
    let window = rate.guardedWindow(firstByteDelay: timing.firstByteDelay, margin: timing.margin)
    let candidates = try await store.candidates(
      of: work.touch, on: work.channel, upTo: capacity, claims: claims, rate: rate, window: window, quota: quota)
    guard !candidates.isEmpty else { return .nothingLeft }
    var (fit, skips, wait) = ([ClaimCandidate](), [SkipReason: [ID<Delivery>]](), nil as Date?)
    for candidate in candidates {
      var facts = candidate.facts
      // Those before it in the same dispatch use up the account's quota too.
      if quota.counted == .account { facts.quotaUsed += fit.count }
      switch DispatchGuards.verdict(on: facts) {
      case .send: fit.append(candidate)
      case .skip(let reason): skips[reason, default: []].append(candidate.delivery)
      // The channel has to wait, and with it all that no rule holds back.
      case .wait(let until): wait = until
      }
    }
    for (reason, deliveries) in skips { try await store.skip(deliveries, because: reason) }
    if let wait { return .wait(until: wait) }
    guard !fit.isEmpty else { return .skipped }
    try await store.charge(fit, of: kind)
    try await store.claim(fit, on: work.channel, as: claim, in: attempt)
    let destinations = fit.map { DispatchDestination(id: $0.delivery.uuid, externalID: $0.externalID) }
    return .claimed(
      Claim(
        id: claim, destinations: destinations, claimedAt: fit[0].facts.now, firstByteBy: deadline,
        arrivesBy: deadline + timing.margin))
  }

  /// Settles as unknown what earlier attempts left claimed.
  func settleOrphans() async throws {
    try await tenancy.transaction(of: brand) { transaction in
      let store = ClaimStore(transaction: transaction)
      _ = try await store.lockWindow(of: work.channel)
      try await attempt.requireEpoch(in: transaction)
      try await store.settleOrphans(of: work.touch, on: work.channel, before: attempt)
    }
  }

  /// Lets go of a claim, and parks its channel for so many seconds where the platform asked for it.
  func release(_ claim: Claim, parking seconds: TimeInterval? = nil) async throws {
    let (id, channel) = (claim.id, work.channel)
    try await write("not_sent", of: claim) { store, isFirst in
      let isKnown = try await release(id, in: store)
      if let seconds { try await store.park(channel, for: seconds) }
      // An earlier try may have come through, and let go of it.
      return isKnown || !isFirst
    }
  }

  /// Lets go of a claim that may not have been committed.
  private func release(_ claim: ID<Claim>) async throws {
    try await write { store in _ = try await release(claim, in: store) }
  }

  /// False when nothing is known of the claim.
  private func release(_ claim: ID<Claim>, in store: ClaimStore) async throws -> Bool {
    if capacity > 1 { try await store.lockCounters(of: claim, on: work.channel) }
    try await store.giveBackQuota(of: claim)
    let released = try await store.release(claim)
    if released.needsRun { try await store.enqueueAgain(work) }
    return released.isKnown
  }

  /// Writes what became of a call. One that took long is counted anew, at its end: the platform may have counted it as
  /// late as that.
  ///
  /// - Parameter body: writes it, and returns whether anything is known of the claim.
  func settle(
    _ claim: Claim, as outcome: String, _ body: @escaping @Sendable (ClaimStore) async throws -> Bool
  ) async throws {
    let isLate = ContinuousClock.now > claim.arrivesBy
    let channel = work.channel
    try await write(outcome, of: claim) { store, _ in
      if claim.destinations.count > 1 { try await store.lockCounters(of: claim.id, on: channel) }
      if isLate { try await store.countAgain(claim.id, on: channel) }
      return try await body(store)
    }
  }

  /// Writes what became of a claim that was committed. Where nothing is known of it an older copy of the database was put
  /// back: nothing may be claimed on that, as it may have left before.
  private func write(
    _ outcome: String, of claim: Claim, _ body: @escaping @Sendable (ClaimStore, Bool) async throws -> Bool
  ) async throws {
    if try await repeating(body) { return }
    throw HistoryLost(
      committedAt: claim.claimedAt,
      evidence: [
        "claim": "\(claim.id)", "outcome": outcome, "touch": "\(work.touch)", "channel": "\(work.channel)",
        "deliveries": claim.destinations.map { "\($0.id)" }.joined(separator: " "),
      ])
  }

  /// Writes what is known of a dispatch. While the database is away it tries again: the knowledge is in this process
  /// alone. It is not fenced by the epoch, since a late confirmation is evidence too.
  func write(_ body: @escaping @Sendable (ClaimStore) async throws -> Void) async throws {
    try await repeating { store, _ in try await body(store) }
  }

  /// - Parameter body: is told whether this is the first try.
  private func repeating<Value: Sendable>(
    _ body: @escaping @Sendable (ClaimStore, Bool) async throws -> Value
  ) async throws -> Value {
    let (tenancy, brand, timing, logger) = (tenancy, brand, timing, logger)
    return try await shielded {
      var isFirst = true
      var end = ContinuousClock.now + timing.patience
      var pause = Duration.milliseconds(50)
      while true {
        do {
          return try await tenancy.transaction(of: brand) { [isFirst] in
            try await body(ClaimStore(transaction: $0), isFirst)
          }
        } catch {
          isFirst = false
          logger.warning(
            "what became of a dispatch is not written yet",
            metadata: ["touch": "\(work.touch)", "channel": "\(work.channel)", "error": "\(error)"])
          if Attempt.isWorkerStopping { end = min(end, .now + timing.patienceAtEnd) }
          guard (error as? PostgresError)?.refusesValues != true, ContinuousClock.now < end else { throw error }
          try await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(1))
        }
      }
    }
  }
}

extension PostgresError {
  /// The run was started again, or ended: raised by `ops.require_epoch`.
  var isOvertaken: Bool { sqlState == "NQ001" }
}
