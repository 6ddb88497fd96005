import NIOConcurrencyHelpers

/// What a worker knows about its hold on a run, and the way to end the attempt that works under it.
final class Lease: Sendable {
  /// Why an attempt was ended from outside.
  enum Interruption: Sendable {
    /// Somebody else may have begun the run.
    case lost
    /// It took longer than its kind may.
    case overdue
    /// A person wanted it.
    case cancelled
    /// The worker ends.
    case stopped
  }

  private struct State {
    /// Nil once it is lost for good.
    var validUntil: ContinuousClock.Instant?
    var interruption: Interruption?
    /// The worker ends, whatever else had been wanted before.
    var isStopped = false
    var interrupt: (@Sendable () -> Void)?
    /// Instead of `interrupt` once it is set.
    var stop: (@Sendable () -> Void)?
  }

  /// The attempt may not go on after this.
  let deadline: ContinuousClock.Instant
  private let time: EngineTime
  private let state: NIOLockedValueBox<State>

  init(
    until instant: ContinuousClock.Instant, deadline: ContinuousClock.Instant = .now + .seconds(86_400),
    time: EngineTime = EngineTime()
  ) {
    self.time = time
    self.deadline = deadline
    state = NIOLockedValueBox(State(validUntil: instant))
  }

  var isHeld: Bool { state.withLockedValue { $0.validUntil.map { $0 > time.now } ?? false } }
  var interruption: Interruption? { state.withLockedValue { $0.interruption } }
  var isStopped: Bool { state.withLockedValue(\.isStopped) }

  func extend(until instant: ContinuousClock.Instant) {
    state.withLockedValue { if $0.validUntil != nil { $0.validUntil = instant } }
  }

  /// Somebody else may have the run: nothing may begin under this lease any more.
  func lose() {
    interrupt(.lost)
  }

  /// Cancels the attempt; the first reason stands. A run that is cancelled or stopped stays held until its end is written.
  func interrupt(_ reason: Interruption) {
    let action = state.withLockedValue { state in
      if reason == .lost || reason == .overdue { state.validUntil = nil }
      if reason == .stopped { state.isStopped = true }
      let isFirst = state.interruption == nil
      state.interruption = state.interruption ?? reason
      if let stop = state.stop { return reason == .stopped ? stop : nil }
      return isFirst || reason == .stopped ? state.interrupt : nil
    }
    action?()
  }

  /// Sets how the attempt is cancelled.
  func onInterruption(_ action: @escaping @Sendable () -> Void) {
    let isLate = state.withLockedValue { state in
      state.interrupt = action
      return state.interruption != nil && state.stop == nil
    }
    if isLate { action() }
  }

  /// From now on nothing but the end of the worker cancels what the attempt still does.
  func onStop(_ action: @escaping @Sendable () -> Void) {
    let isLate = state.withLockedValue { state in
      state.stop = action
      return state.isStopped
    }
    if isLate { action() }
  }
}
