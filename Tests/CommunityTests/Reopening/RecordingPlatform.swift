import Channels
import Foundation

@testable import Community
@testable import JobQueue

/// A platform that takes everything and remembers for whom it was: the witness of a history that the database forgets.
actor RecordingPlatform {
  private(set) var arrivals: [Arrival] = []

  func take(_ mark: Mark, through account: ChannelAccount) {
    arrivals.append(Arrival(mark: mark, account: account.key.reveal(), at: .now, isAccepted: true))
  }

  var counts: [Mark: Int] { Dictionary(arrivals.map { ($0.mark, 1) }, uniquingKeysWith: +) }
}

/// The way to it. Which delivery a call is for it reads from the ledger.
struct RecordingAdapter: ChannelAdapter {
  let kind = ChannelKind.weComRobot
  let rate = ChannelRate(limit: 1_000, per: .milliseconds(10))
  let destinationsPerDispatch = 1
  let platform: RecordingPlatform
  let brand: BrandFixture

  func problems(with message: OutgoingMessage) -> [MessageProblem] { [] }

  func prepare(
    _ message: OutgoingMessage, for account: ChannelAccount, firstByteBy: ContinuousClock.Instant?
  ) async -> DispatchOutcome? { nil }

  func send(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount,
    firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome {
    guard let watch = AttemptWatch.current, let mark = try? await brand.mark(claimedIn: watch) else {
      return .notSent(reason: .test(.unreachable))
    }
    await platform.take(mark, through: account)
    return .accepted
  }
}

extension BrandFixture {
  /// Does all that there is to do now, as one worker would: fires, expands, sends. No more than `sends` touches on a
  /// channel are sent.
  func workThrough(_ platform: RecordingPlatform, sends: Int = .max) async throws {
    try await fireAndExpand()
    var timing = DispatchTiming()
    // The window of a test is over at once.
    (timing.firstByteDelay, timing.margin) = (.seconds(1), .zero)
    let dispatching = dispatching(through: RecordingAdapter(platform: platform, brand: self), timing)
    for (run, _) in try await runs(of: DeliverTouch.self).prefix(sends) {
      let begun = try await begin(run, as: DeliverTouch.self)
      let watch = AttemptWatch(run: run, epoch: begun.run.epoch) {}
      let result = try await AttemptWatch.$current.withValue(watch) {
        try await dispatching.dispatch(begun.payload, of: brand, in: begun.attempt)
      }
      guard case .gateShut(let until) = result else {
        try await finish(.done(begun.run))
        continue
      }
      try await finish(.snoozed(begun.run, until: until, atGate: true))
    }
  }
}
