import Foundation
import JobQueue
import NIOConcurrencyHelpers

@testable import JobQueue

/// Time, chance and the order of things in one simulated history: one step runs after the other on one thread, which of
/// those that could run is drawn from the seed, and when none can, the clock jumps to what comes next.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it, and `SimulatedExecutor` sees to that.
final class World: @unchecked Sendable {
  private struct Alarm {
    let at: Int
    let number: Int
    let ring: () -> Void
  }

  /// The nanoseconds since the history began.
  private(set) var elapsed = 0
  var random: Seeded
  /// Of everything that was drawn and done: equal for equal histories.
  private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
  /// How many steps were run.
  private(set) var steps = 0
  private var executors: [SimulatedExecutor] = []
  private var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
  /// By time, the next one last.
  private var alarms: [Alarm] = []
  private var numbers = 0
  private var story: [String]?

  private static let origin = ContinuousClock.now
  private static let day = Date(timeIntervalSince1970: 1_800_000_000)

  /// - Parameter isTold: keeps what happens in words.
  init(seed: UInt64, isTold: Bool) {
    random = Seeded(quietly: seed)
    story = isTold ? [] : nil
  }

  var now: ContinuousClock.Instant { Self.origin + .nanoseconds(elapsed) }
  /// By the servers' clocks, which are right.
  var date: Date { Self.day.addingTimeInterval(Double(elapsed / 1_000_000) / 1_000) }
  var milliseconds: Int { elapsed / 1_000_000 }

  /// Time as a worker sees it whose wall clock is off by so many seconds.
  func time(off skew: Double) -> EngineTime {
    EngineTime(
      instant: { self.now }, wall: { self.date.addingTimeInterval(skew) },
      rest: { try await self.sleep(for: $0) }, jitter: { Double.random(in: $0, using: &self.random) })
  }

  func executor(_ name: String) -> SimulatedExecutor {
    let executor = SimulatedExecutor(name)
    executors.append(executor)
    return executor
  }

  // MARK: - What comes later

  func after(_ duration: Duration, _ ring: @escaping () -> Void) {
    let at = elapsed + max(Int(duration / .nanoseconds(1)), 0)
    numbers += 1
    let alarm = Alarm(at: at, number: numbers, ring: ring)
    var (low, high) = (0, alarms.count)
    while low < high {
      let middle = (low + high) / 2
      if (alarms[middle].at, alarms[middle].number) > (at, alarm.number) { low = middle + 1 } else { high = middle }
    }
    alarms.insert(alarm, at: low)
  }

  func sleep(for duration: Duration) async throws {
    numbers += 1
    let sleeper = numbers
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        sleepers[sleeper] = continuation
        after(duration) { self.sleepers.removeValue(forKey: sleeper)?.resume() }
      }
    } onCancel: {
      sleepers.removeValue(forKey: sleeper)?.resume(throwing: CancellationError())
    }
  }

  // MARK: - Going on

  /// Goes on until the condition holds, at most until the clock shows so many seconds. Says whether it holds.
  func run(until limit: Double, _ isOver: () -> Bool) -> Bool {
    while !isOver() {
      let ready = executors.filter(\.canRun)
      if let executor = ready.randomElement(using: &random) {
        steps += 1
        let choice = random.number(0...executor.count - 1)
        stamp(executor.count << 8 | choice)
        executor.run(choice)
      } else {
        guard let next = alarms.last, Double(next.at) / 1e9 <= limit else { return false }
        alarms.removeLast()
        elapsed = max(elapsed, next.at)
        stamp(elapsed)
        next.ring()
      }
    }
    return true
  }

  /// Nothing comes any more.
  func end() {
    alarms = []
    executors = []
  }

  /// What is written to no place but this, so that a history can be compared with another.
  func stamp(_ number: Int) {
    fingerprint = (fingerprint ^ UInt64(truncatingIfNeeded: number)) &* 0x0000_0100_0000_01b3
  }

  func tell(_ event: @autoclosure () -> String) {
    guard story != nil else { return }
    story?.append(String(format: "%9.3f  ", Double(elapsed) / 1e9) + event())
  }

  var told: [String] { story ?? [] }

  /// Whether something ran elsewhere than where it should: then the order was not drawn.
  var hasEscaped: Bool { executors.contains { $0.hasEscaped } }
}

/// Runs the tasks of one process, or one of its threads, when the world says so.
///
/// `@unchecked Sendable` is safe: `enqueue` turns away every thread but the history's own.
final class SimulatedExecutor: TaskExecutor, @unchecked Sendable {
  let name: String
  /// A frozen process does nothing, and goes on later; one that was killed never does.
  var isFrozen = false
  private var jobs: [UnownedJob] = []
  private let thread = Thread.current
  private let escaped = NIOLockedValueBox(false)

  init(_ name: String) {
    self.name = name
  }

  var canRun: Bool { !isFrozen && !jobs.isEmpty }
  var count: Int { jobs.count }
  var hasEscaped: Bool { escaped.withLockedValue { $0 } }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    guard Thread.current === thread else { return escaped.withLockedValue { $0 = true } }
    jobs.append(job)
  }

  func run(_ choice: Int) {
    jobs.remove(at: choice).runSynchronously(on: asUnownedTaskExecutor())
  }
}
