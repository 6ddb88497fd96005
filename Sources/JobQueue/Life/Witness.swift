import Logging
import NIOConcurrencyHelpers

/// Remembers outside Postgres how far the cell's starts have counted: in this process, and in Redis for others.
///
/// A Postgres that knows less was rewound. Where a worker that saw the lost history is gone, and Redis with it, a rewound
/// server without a new timeline is not recognised, and a person has to close the cell.
final class Witness: Sendable {
  private struct State {
    var beat = 0
    var compared: ContinuousClock.Instant?
    var warned: ContinuousClock.Instant?
  }

  private let index: any RunIndexing
  private let time: EngineTime
  private let logger: Logger
  private let state = NIOLockedValueBox(State())

  /// How long others may not know what this process knows, and the other way round. A rewound server was away for longer.
  private static let age = Duration.seconds(1)
  private static let betweenWarnings = Duration.seconds(30)

  init(index: any RunIndexing, time: EngineTime = EngineTime(), logger: Logger) {
    self.index = index
    self.time = time
    self.logger = logger
  }

  /// The furthest that anybody saw.
  func beat() async throws -> Int {
    let isFresh = state.withLockedValue { $0.compared.map { $0 + Self.age > time.now } ?? false }
    return isFresh ? state.withLockedValue(\.beat) : try await compared()
  }

  /// Tells Redis, and learns from it.
  @discardableResult
  func compared() async throws -> Int {
    let now = time.now
    let seen = try await index.witness(state.withLockedValue(\.beat))
    return state.withLockedValue {
      $0.beat = max($0.beat, seen)
      $0.compared = now
      return $0.beat
    }
  }

  /// A start was answered with this number.
  func saw(_ beat: Int) {
    state.withLockedValue { $0.beat = max($0.beat, beat) }
  }

  /// Says that nothing can be started, now and then.
  func warn(of closing: CellClosing) {
    let isDue = state.withLockedValue {
      if let warned = $0.warned, warned + Self.betweenWarnings > time.now { return false }
      $0.warned = time.now
      return true
    }
    guard isDue else { return }
    logger.error(
      "the cell is closed and nothing is started; look with `nuanqun cell status`, then open it with `nuanqun cell open`",
      metadata: ["because": "\(closing.rawValue)"])
  }
}
