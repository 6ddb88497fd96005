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

/// One delivery of a call: what the call names it by, and what the judge does.
struct Parcel: Sendable {
  let id: UUID
  let mark: Mark
}

/// A platform that takes, refuses, stays silent, or outlives whoever called it, as a seeded die says. A call that carries
/// several deliveries it may answer for each by itself. Its record is what the judge believes.
actor FaultyPlatform {
  private enum Fate {
    case answer(DispatchOutcome, isAccepted: Bool)
    /// An answer for each delivery, which leaves some out; perhaps too late.
    case divided(Seeded, isLate: Bool)
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
  /// How many deliveries were cut off or answered with silence.
  private(set) var faults = 0
  /// The most deliveries that one call carried.
  private(set) var largest = 0
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
    _ parcels: [Parcel], through account: ChannelAccount, by deadline: ContinuousClock.Instant, for watch: AttemptWatch
  ) async -> DispatchOutcome {
    largest = max(largest, parcels.count)
    for parcel in parcels { tries[parcel.mark, default: 0] += 1 }
    let fate = fate(of: parcels)
    if case .death(isAccepted: false) = fate { return await hang(nil, parcels.count, watch) }
    if case .answer(.notSent(let reason), _) = fate { return .notSent(reason: reason) }
    guard ContinuousClock.now < deadline else { return .notSent(reason: .test(.tooLate)) }
    switch fate {
    case .answer(let outcome, let isAccepted):
      arrive(parcels.map { ($0, isAccepted) }, account)
      if case .unknown = outcome { faults += parcels.count }
      return outcome
    case .divided(let dice, let isLate):
      let outcome = divide(parcels, dice, account)
      return isLate ? await hang(outcome, parcels.count, watch) : outcome
    case .death(let isAccepted):
      arrive(parcels.map { ($0, isAccepted) }, account)
      return await hang(nil, parcels.count, watch)
    case .lateWord(let outcome, let isAccepted):
      if outcome.name != "not_sent" { arrive(parcels.map { ($0, isAccepted) }, account) }
      return await hang(outcome, parcels.count, watch)
    }
  }

  private func divide(_ parcels: [Parcel], _ dice: Seeded, _ account: ChannelAccount) -> DispatchOutcome {
    var (random, named, arrived) = (dice, [UUID: DestinationOutcome](), [(Parcel, Bool)]())
    for parcel in parcels {
      switch random.number(0...9) {
      case ..<6:
        named[parcel.id] = .confirmed
        arrived.append((parcel, true))
      case ..<8:
        named[parcel.id] = .rejected(reason: .test(.content))
        arrived.append((parcel, false))
      default:
        arrived.append((parcel, random.chance(0.5)))
        faults += 1
      }
    }
    arrive(arrived, account)
    return .divided(named)
  }

  private func arrive(_ parcels: [(Parcel, Bool)], _ account: ChannelAccount) {
    let (call, now) = (UUID(), ContinuousClock.now)
    for (parcel, isAccepted) in parcels {
      arrivals.append(
        Arrival(mark: parcel.mark, account: account.key.reveal(), at: now, isAccepted: isAccepted, call: call))
    }
  }

  private func hang(_ word: DispatchOutcome?, _ deliveries: Int, _ watch: AttemptWatch) async -> DispatchOutcome {
    faults += deliveries
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

  /// The same for the same delivery and try, whatever happens between others. A call that carries several has the fate of
  /// its first.
  private func fate(of parcels: [Parcel]) -> Fate {
    let mark = parcels[0].mark
    var delivery = Seeded(seed: seed &+ UInt64(numbers[mark] ?? 0))
    var random = Seeded(seed: delivery.next() &+ UInt64(tries[mark] ?? 0))
    switch random.number(0...(parcels.count > 1 ? 139 : 99)) {
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
    case ..<100: return .lateWord(.unreached, isAccepted: false)
    default: return .divided(random, isLate: random.chance(0.2))
    }
  }
}

/// The way to a faulty platform.
struct FaultyAdapter: ChannelAdapter {
  let kind = ChannelKind.weComRobot
  let rate: ChannelRate
  var quota = ChannelKind.weComRobot.quota
  var destinationsPerDispatch = 1
  let platform: FaultyPlatform
  let brand: BrandFixture

  func problems(with message: OutgoingMessage) -> [MessageProblem] { [] }

  func prepare(
    _ message: OutgoingMessage, for account: ChannelAccount, firstByteBy: ContinuousClock.Instant?
  ) async -> DispatchOutcome? { nil }

  func send(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount,
    firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome {
    guard let watch = AttemptWatch.current, let parcels = try? await parcels(destinations) else {
      return .notSent(reason: .test(.unreachable))
    }
    return await platform.take(parcels, through: account, by: firstByteBy, for: watch)
  }

  /// The deliveries that a call carries, in the order of the call.
  private func parcels(_ destinations: [DispatchDestination]) async throws -> [Parcel] {
    let rows = try await brand.reader.query(
      "select id, touch_id, group_id from deliveries where id = any(\(destinations.map(\.id)))")
    let marks = try rows.reduce(into: [UUID: Mark]()) { marks, row in
      let (id, touch, group) = try row.decode(UUID.self, ID<Touch>.self, ID<Group>.self)
      marks[id] = Mark(touch: touch, group: group)
    }
    return destinations.compactMap { destination in marks[destination.id].map { Parcel(id: destination.id, mark: $0) } }
  }
}

extension BrandFixture {
  /// What the attempt has claimed last.
  func mark(claimedIn watch: AttemptWatch) async throws -> Mark? {
    try await reader.query(
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
