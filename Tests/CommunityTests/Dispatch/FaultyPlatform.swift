import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy

@testable import Community

/// What the test knows of an attempt, passed along with its task.
struct AttemptWatch: Sendable {
  @TaskLocal static var current: AttemptWatch?

  let run: ID<Run>
  let epoch: Int
  /// Tells whoever drives the attempt that it hangs, and may be given up.
  let giveUp: @Sendable () -> Void
}

/// A platform that takes, refuses, stays silent, or outlives whoever called it, as a seeded die says. Its record is what
/// the judge believes.
actor FaultyPlatform {
  private enum Fate {
    case answer(DispatchOutcome, isAccepted: Bool)
    /// The caller dies before the first byte, or with the platform's answer on the way.
    case death(isAccepted: Bool)
    /// The caller is given up, and still hears the answer long after.
    case lateWord(DispatchOutcome, isAccepted: Bool)
  }

  private struct Hanging {
    let wake: CheckedContinuation<DispatchOutcome, Never>
    let word: DispatchOutcome?
  }

  private(set) var arrivals: [Arrival] = []
  private(set) var faults = 0
  private var tries: [Mark: Int] = [:]
  private var hanging: [Hanging] = []
  private let seed: UInt64
  /// Which delivery it is, by the order in which touches and groups were made: the same whenever the seed is.
  private let numbers: [Mark: Int]

  init(seed: UInt64, for marks: Set<Mark>) {
    self.seed = seed
    let ordered = marks.sorted { ($0.touch, $0.group) < ($1.touch, $1.group) }
    numbers = Dictionary(uniqueKeysWithValues: zip(ordered, 0...))
  }

  func take(
    _ mark: Mark, through account: ChannelAccount, by deadline: ContinuousClock.Instant, for watch: AttemptWatch
  ) async -> DispatchOutcome {
    tries[mark, default: 0] += 1
    let fate = fate(of: mark)
    if case .death(isAccepted: false) = fate { return await hang(nil, watch) }
    if case .answer(.notSent(let reason), _) = fate { return .notSent(reason: reason) }
    guard ContinuousClock.now < deadline else { return .notSent(reason: .test(.tooLate)) }
    switch fate {
    case .answer(let outcome, let isAccepted):
      arrive(mark, account, isAccepted)
      if case .unknown = outcome { faults += 1 }
      return outcome
    case .death(let isAccepted):
      arrive(mark, account, isAccepted)
      return await hang(nil, watch)
    case .lateWord(let outcome, let isAccepted):
      if outcome.name != "not_sent" { arrive(mark, account, isAccepted) }
      return await hang(outcome, watch)
    }
  }

  private func arrive(_ mark: Mark, _ account: ChannelAccount, _ isAccepted: Bool) {
    arrivals.append(Arrival(mark: mark, account: account.key.reveal(), at: .now, isAccepted: isAccepted))
  }

  private func hang(_ word: DispatchOutcome?, _ watch: AttemptWatch) async -> DispatchOutcome {
    faults += 1
    watch.giveUp()
    return await withCheckedContinuation { hanging.append(Hanging(wake: $0, word: word)) }
  }

  /// How many callers that were given up have not heard their answer yet.
  var unheard: Int { hanging.count { $0.word != nil } }

  /// How many callers died.
  var dead: Int { hanging.count { $0.word == nil } }

  /// Lets one of the callers that were given up hear its answer.
  func letOneHear(at place: Int) {
    let waiting = hanging.indices.filter { hanging[$0].word != nil }
    guard !waiting.isEmpty else { return }
    let heard = hanging.remove(at: waiting[place % waiting.count])
    heard.wake.resume(returning: heard.word ?? .silent)
  }

  /// Ends the tasks of those that died, when all has been judged.
  func bury() {
    for dead in hanging { dead.wake.resume(returning: .silent) }
    hanging = []
  }

  /// The same for the same delivery and try, whatever happens between others.
  private func fate(of mark: Mark) -> Fate {
    var delivery = Seeded(seed: seed &+ UInt64(numbers[mark] ?? 0))
    var random = Seeded(seed: delivery.next() &+ UInt64(tries[mark] ?? 0))
    switch random.number(0...99) {
    case ..<52: return .answer(.accepted, isAccepted: true)
    case ..<57: return .answer(.refused, isAccepted: false)
    case ..<63: return .answer(.overloaded, isAccepted: false)
    case ..<69: return .answer(.unreached, isAccepted: false)
    case ..<73: return .answer(.limited(for: .milliseconds(100)), isAccepted: false)
    case ..<75: return .answer(.dead, isAccepted: false)
    case ..<82: return .answer(.silent, isAccepted: random.chance(0.5))
    case ..<89: return .death(isAccepted: random.chance(0.5))
    case ..<93: return .lateWord(.accepted, isAccepted: true)
    case ..<96: return .lateWord(.refused, isAccepted: false)
    default: return .lateWord(.unreached, isAccepted: false)
    }
  }
}

/// The way to a faulty platform. Which delivery a call is for it reads from the ledger: the message does not say.
struct FaultyAdapter: ChannelAdapter {
  let kind = ChannelKind.weComRobot
  let rate: ChannelRate
  let platform: FaultyPlatform
  let brand: BrandFixture

  func problems(with message: OutgoingMessage) -> [MessageProblem] { [] }

  func prepare(_ message: OutgoingMessage, for account: ChannelAccount) async -> DispatchOutcome? { nil }

  func send(
    _ message: OutgoingMessage, through account: ChannelAccount, firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome {
    guard let watch = AttemptWatch.current, let mark = try? await mark(of: watch) else {
      return .notSent(reason: .test(.unreachable))
    }
    return await platform.take(mark, through: account, by: firstByteBy, for: watch)
  }

  /// What the attempt has claimed last.
  private func mark(of watch: AttemptWatch) async throws -> Mark? {
    try await brand.reader.query(
      """
      select touch_id, group_id from deliveries
      where claim is not null and claim_run = \(watch.run) and claim_epoch = \(watch.epoch)
      order by claimed_at desc limit 1
      """
    ).first.map { row in
      let (touch, group) = try row.decode(ID<Touch>.self, ID<Group>.self)
      return Mark(touch: touch, group: group)
    }
  }
}
