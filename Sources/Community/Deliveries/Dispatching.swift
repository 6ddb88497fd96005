public import Channels
import Foundation
import Identifiers
public import JobQueue
public import Logging
import Metrics
import Postgres
public import Tenancy

/// Sends the deliveries of a touch through a channel, as many with one call as the platform takes: claim, commit, call,
/// commit.
///
/// The claim is committed before the first byte leaves and the outcome after; what happened in between and is not known
/// stays `unknown` and is never sent again by itself.
public struct Dispatching: Sendable {
  private let tenancy: Tenancy
  private let adapters: [ChannelKind: any ChannelAdapter]
  private let budgets: [ChannelKind: CallBudget]
  private let timing: DispatchTiming
  private let logger: Logger

  /// Dispatching through the given adapters, whose platforms may have a budget of calls for the whole deployment.
  public init(
    _ tenancy: Tenancy, adapters: [any ChannelAdapter], budgets: [ChannelKind: CallBudget] = [:],
    timing: DispatchTiming, logger: Logger
  ) {
    self.tenancy = tenancy
    self.budgets = budgets
    self.adapters = Dictionary(uniqueKeysWithValues: adapters.map { ($0.kind, $0) })
    self.timing = timing
    self.logger = logger
  }

  /// Sends what may leave now. Snoozes while the channel has to wait, and throws when another attempt may help.
  public func dispatch(_ work: DeliverTouch, of brand: Brand, in attempt: Attempt) async throws -> JobResult {
    let account = try await ChannelStore(tenancy.reader(of: brand))
      .account(of: work.channel, key: try tenancy.key(of: brand))
    guard let adapter = adapters[account.kind] else {
      throw PermanentFailure("no adapter for channels of kind \(account.kind.rawValue)")
    }
    let claiming = Claiming(
      tenancy: tenancy, brand: brand, work: work, attempt: attempt, kind: adapter.kind, rate: adapter.rate,
      quota: adapter.quota, capacity: adapter.destinationsPerDispatch, timing: timing, logger: logger)
    if attempt.epoch > 1 { try await claiming.settleOrphans() }
    let message = try await RenderedMessage(of: work.touch, in: tenancy.reader(of: brand, .long))
    let budget = budgets[account.kind]
    // An upload is a call as well, though mostly the file is there already and none is made.
    var uploadBy: ContinuousClock.Instant?
    if message.message.isUploaded, let budget {
      switch await budget.take() {
      case .none(let wait): return .gateShutFor(wait)
      case .permit(let permit): uploadBy = permit.firstByteBy
      }
    }
    // Uploads are slow and no part of the send: done before anything is claimed.
    if let obstacle = await adapter.prepare(message.message, for: account, firstByteBy: uploadBy),
      let answer = try await answer(obstacle, claiming)
    {
      return answer
    }
    while true {
      switch try await DispatchTraces.claim({ try await next(claiming, within: budget) }) {
      case .nothingLeft: return .done
      case .skipped: continue
      case .wait(let instant): return .gateShut(until: instant)
      case .noCall(let wait): return .gateShutFor(wait)
      case .claimed(let claim):
        let next = try await shielded { try await send(message, under: claim, claiming, adapter, account) }
        if let next { return next }
      }
    }
  }

  /// Settles what a run leaves behind that is given up.
  public func abandon(_ work: DeliverTouch, of brand: Brand, in attempt: Attempt, because reason: String) async throws {
    try await tenancy.transaction(of: brand) { transaction in
      let store = ClaimStore(transaction: transaction)
      _ = try await store.lockWindow(of: work.channel)
      try await attempt.requireEpoch(in: transaction)
      try await store.abandon(work.touch, on: work.channel, because: reason)
    }
  }

  /// Claims what one call carries, once the platform's budget has that call. Without one nothing is claimed.
  private func next(_ claiming: Claiming, within budget: CallBudget?) async throws -> Claiming.Step {
    guard let budget else { return try await claiming.claim() }
    switch await budget.take() {
    case .none(let wait): return .noCall(for: wait)
    case .permit(let permit):
      let step = try await claiming.claim(leavingBy: permit.firstByteBy)
      if case .claimed = step { return step }
      await budget.giveBack(permit)
      return step
    }
  }

  /// One call and its written outcome. Nil when the next dispatch can follow.
  private func send(
    _ message: RenderedMessage, under claim: Claim, _ claiming: Claiming, _ adapter: any ChannelAdapter,
    _ account: ChannelAccount
  ) async throws -> JobResult? {
    do {
      try claiming.attempt.checkLease()
    } catch {
      try await claiming.release(claim)
      throw error
    }
    let outcome = await DispatchTraces.send(claim, through: account.kind) {
      await adapter.send(message.message, to: claim.destinations, through: account, firstByteBy: claim.firstByteBy)
    }
    Counter(label: "dispatches_total", dimensions: [("kind", account.kind.rawValue), ("outcome", outcome.name)])
      .increment()
    return try await settle(outcome, claim, hash: message.hash, claiming)
  }

  private func settle(
    _ outcome: DispatchOutcome, _ claim: Claim, hash: Data, _ claiming: Claiming
  ) async throws -> JobResult? {
    switch outcome {
    case .confirmed:
      try await claiming.settle(claim, as: outcome.name) {
        try await $0.settle(claim.id, as: .delivered, reason: nil, hash: hash)
      }
    case .divided(let outcomes):
      let verdicts = claim.verdicts(from: outcomes)
      let failed = verdicts.filter { $0.state == .failed }.map(\.delivery)
      let (touch, isUnknown) = (claiming.work.touch, verdicts.contains { $0.state == .unknown })
      try await claiming.settle(claim, as: outcome.name) {
        if !failed.isEmpty { try await $0.giveBackQuota(of: claim.id, only: failed) }
        if isUnknown { try await $0.transaction.order(.deliveryUnknown, about: touch.uuid) }
        return try await $0.settle(claim.id, verdicts, hash: hash)
      }
    case .rejected(let reason):
      try await claiming.settle(claim, as: outcome.name) {
        try await $0.giveBackQuota(of: claim.id)
        return try await $0.settle(claim.id, as: .failed, reason: reason, hash: hash)
      }
    case .broken(let reason):
      let channel = claiming.work.channel
      try await claiming.settle(claim, as: outcome.name) {
        try await $0.giveBackQuota(of: claim.id)
        let isKnown = try await $0.settle(claim.id, as: .failed, reason: reason, hash: hash)
        try await $0.pause(channel, because: reason)
        return isKnown
      }
    case .unknown(let reason):
      let touch = claiming.work.touch
      try await claiming.settle(claim, as: outcome.name) {
        try await $0.transaction.order(.deliveryUnknown, about: touch.uuid)
        return try await $0.settle(claim.id, as: .unknown, reason: reason, hash: hash)
      }
    case .parked(let pause, _):
      try await claiming.release(claim, parking: pause / .seconds(1))
    case .notSent, .busy:
      try await claiming.release(claim)
      return try await answer(outcome, claiming)
    }
    return nil
  }

  /// What follows when nothing was sent. Nil when the guards decide: they skip what a paused channel has left, and know by
  /// Postgres's clock how long one is parked.
  private func answer(_ outcome: DispatchOutcome, _ claiming: Claiming) async throws -> JobResult? {
    let channel = claiming.work.channel
    switch outcome {
    case .parked(let pause, _):
      let seconds = pause / .seconds(1)
      try await claiming.write { try await $0.park(channel, for: seconds) }
      return nil
    case .broken(let reason):
      try await claiming.write { try await $0.pause(channel, because: reason) }
      return nil
    case .rejected(let reason):
      throw PermanentFailure("\(reason.kind.rawValue): \(reason.text)")
    case .notSent(let reason), .busy(let reason), .unknown(let reason):
      throw NothingSent(reason: reason)
    case .confirmed, .divided:
      return nil
    }
  }
}

/// How long the parts of a dispatch may take.
public struct DispatchTiming: Sendable, Hashable {
  /// The first byte leaves within this time of the claim's start, or the claim is released.
  public var firstByteDelay = Duration.seconds(5)
  /// Allowance in the channel's window for the way to the platform.
  public var margin = Duration.seconds(1)
  /// How long an outcome waits for a database that is away before it is given up as unknown.
  public var patience = Duration.seconds(600)
  /// The same once the worker has been asked to stop.
  public var patienceAtEnd = Duration.seconds(10)

  /// The defaults.
  public init() {}
}

/// The platform could not be reached, or was busy: nothing was sent, and another attempt may help.
struct NothingSent: Error, CustomStringConvertible {
  let reason: DispatchReason

  var description: String { "nothing was sent (\(reason.kind.rawValue)): \(reason.text)" }
}

/// Runs work to its end even when the caller is cancelled meanwhile: a call that is under way is worth its outcome.
func shielded<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
  try await Task { try await work() }.value
}
