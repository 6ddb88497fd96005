import Foundation
public import Logging
public import Redis

/// The calls that all processes of a deployment together may make to a platform, which counts them by the address that
/// they come from: never more than so many in any stretch of the window.
///
/// Redis keeps it and leases it to processes in chunks. A process uses a chunk up without asking again and gives none of it
/// back: what it had no use for expires. A server that lost its state, or is another than the one that counted, leases
/// nothing until a whole window has passed: by then whatever was leased before has left every window. So a deployment's
/// first call waits for one window too.
public actor CallBudget {
  /// What a process is told that asks for a call.
  public enum Answer: Sendable, Hashable {
    /// It may make one.
    case permit(CallPermit)
    /// There is none for so long.
    case none(for: Duration)
  }

  private struct Chunk {
    let number: Int
    let granted: Int
    var left: Int
    let usableUntil: ContinuousClock.Instant
    let firstByteBy: ContinuousClock.Instant
  }

  private let redis: RedisClient
  private let limit: Int
  private let window: Duration
  private let firstByteDelay: Duration
  private let chunkLife: Duration
  private let logger: Logger
  private var size: ChunkSize
  private var chunk: Chunk?
  private var chunks = 0
  private var shutUntil = ContinuousClock.now
  private var leasing: Task<Void, Never>?
  /// While it counts down to zero calls are scarce: each chunk after a refusal takes one off.
  private var scarcity = 0
  /// How many runs were let in of late that have not taken their call yet.
  private var expected = (runs: 0, until: ContinuousClock.now)
  nonisolated let key: String

  private static let script = RedisScript(String(decoding: PackageResources.lease_calls_lua, as: UTF8.self))
  /// While Redis does not answer, or too slowly, nobody asks again for so long.
  private static let pause = Duration.seconds(1)
  /// So many chunks after a refusal show that there are enough calls again.
  private static let chunksOfScarcity = 16
  /// A run that was let in takes its call within this time, or another one is let in.
  private static let longestWay = Duration.milliseconds(200)

  /// A process's part in the budget of a platform.
  ///
  /// - Parameters:
  ///   - limit: the most calls that any window may hold.
  ///   - firstByteDelay: how long a call may take from its permit until its first byte leaves.
  ///   - margin: allowance for the way to the platform.
  ///   - chunkLife: how long a chunk may be used. Redis counts with a window that is longer by all three of these.
  public init(
    _ redis: RedisClient, platform: String, limit: Int, per window: Duration, firstByteDelay: Duration,
    margin: Duration, chunkLife: Duration = .seconds(3), logger: Logger
  ) {
    precondition(
      limit > 0 && window > .zero && chunkLife > .zero, "a budget needs calls, a window and chunks that live")
    self.redis = redis
    self.limit = limit
    self.window = window + chunkLife + firstByteDelay + margin
    self.firstByteDelay = firstByteDelay
    self.chunkLife = chunkLife
    self.logger = logger
    size = ChunkSize(largest: max(1, limit / 20))
    key = "nq:{calls:\(platform)}"
  }

  /// A call, from the chunk that the process holds or from a new one.
  public func take() async -> Answer {
    while true {
      let now = ContinuousClock.now
      if let permit = permit(at: now) { return .permit(permit) }
      guard now >= shutUntil else {
        return .none(for: shutUntil - now)
      }
      await leaseOnce()
    }
  }

  /// Takes back a permit for which there was no use. It goes into the chunk that it came from, while that is still held.
  public func giveBack(_ permit: CallPermit) {
    if chunk?.number == permit.chunk { chunk?.left += 1 }
  }

  private func permit(at now: ContinuousClock.Instant) -> CallPermit? {
    guard let held = chunk, held.left > 0, now < held.usableUntil else { return nil }
    chunk?.left -= 1
    expected.runs = max(0, expected.runs - 1)
    return CallPermit(firstByteBy: held.firstByteBy, chunk: held.number)
  }

  /// Many may find the chunk empty at once: one of them asks, and the others wait for what it gets.
  private func leaseOnce() async {
    if let leasing { return await leasing.value }
    let task = Task { await lease() }
    leasing = task
    await task.value
  }

  private func lease() async {
    defer { leasing = nil }
    if let chunk { size.learn(used: chunk.granted - chunk.left, of: chunk.granted) }
    chunk = nil
    // Before the question leaves, so that a chunk ends here no later than by the server's count.
    let asked = ContinuousClock.now
    do {
      let answer = try await redis.run(
        Self.script, keys: [key], arguments: [limit, Int(window / .milliseconds(1)), size.next])
      let numbers = (answer.array ?? []).compactMap(\.integer)
      guard numbers.count == 2 else { throw RedisError.unreadableAnswer(reason: "a lease of calls is two numbers") }
      guard numbers[0] > 0 else { return shut(for: .milliseconds(max(1, numbers[1]))) }
      let usableUntil = asked + chunkLife
      guard ContinuousClock.now < usableUntil else { return shut(for: Self.pause) }
      chunks += 1
      scarcity = max(0, scarcity - 1)
      chunk = Chunk(
        number: chunks, granted: numbers[0], left: numbers[0], usableUntil: usableUntil,
        firstByteBy: usableUntil + firstByteDelay)
    } catch {
      logger.warning("no calls can be leased", metadata: ["budget": "\(key)", "error": "\(error)"])
      shut(for: Self.pause)
    }
  }

  private func shut(for time: Duration) {
    shutUntil = .now + time
    scarcity = Self.chunksOfScarcity
  }
}

/// What would find no call is better not begun: a run that has to wait costs a start and an end each time.
extension CallBudget: LaneKeeper {
  /// Open to all while nobody was refused. Afterwards no more runs are let in than there are calls in hand, and where there
  /// are none a single one, which asks for more.
  public func door() -> LaneDoor {
    let now = ContinuousClock.now
    let held = chunk.map { now < $0.usableUntil ? $0.left : 0 } ?? 0
    if held == 0, now < shutUntil { return .shut(for: shutUntil - now) }
    guard scarcity > 0 else { return .open(atMost: .max) }
    if now >= expected.until { expected.runs = 0 }
    let free = max(held, 1) - expected.runs
    guard free > 0 else { return .shut(for: expected.until - now) }
    expected = (expected.runs + free, now + Self.longestWay)
    return .open(atMost: free)
  }
}

/// The right to make one call.
public struct CallPermit: Sendable, Hashable {
  /// No byte of the call may leave after this: it would be counted in a window in which it does not arrive.
  public let firstByteBy: ContinuousClock.Instant
  let chunk: Int
}

/// How many calls a process asks for at a time: as many as it has use for, so that a process with few calls does not hold
/// what others need.
struct ChunkSize: Sendable, Hashable {
  let largest: Int
  private(set) var next = 1

  init(largest: Int) {
    self.largest = largest
  }

  /// A chunk that was used up is followed by one of twice its size, one that expired by one that would have sufficed.
  mutating func learn(used: Int, of granted: Int) {
    next = used >= granted ? min(largest, granted * 2) : max(1, used)
  }
}
