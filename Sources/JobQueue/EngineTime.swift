import Foundation

/// Time as the engine goes by it: the machine's own, or that of a simulation.
struct EngineTime: Sendable {
  /// Never set: for how long something takes or is held.
  private(set) var instant: @Sendable () -> ContinuousClock.Instant = { .now }
  /// The wall's: for what is due.
  private(set) var wall: @Sendable () -> Date = { Date() }
  private(set) var rest: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  /// A random number of a range, by which waits are spread.
  private(set) var jitter: @Sendable (ClosedRange<Double>) -> Double = { Double.random(in: $0) }

  var now: ContinuousClock.Instant { instant() }
  var date: Date { wall() }

  /// The wall's time in so many seconds.
  func date(in seconds: TimeInterval) -> Date { wall().addingTimeInterval(seconds) }

  /// Throws `CancellationError` when the task is cancelled first.
  func sleep(for duration: Duration) async throws { try await rest(duration) }
}
