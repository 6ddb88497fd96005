import NIOConcurrencyHelpers

/// The places that a worker has for attempts.
final class Slots: Sendable {
  private struct State {
    var free: Int
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state: NIOLockedValueBox<State>
  private let all: Int

  init(_ count: Int) {
    state = NIOLockedValueBox(State(free: count))
    all = count
  }

  /// Waits until a place is free, then says how many are; nil when the task is cancelled first. Only one task may wait.
  func available() async -> Int? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLockedValue { state in
          guard state.free == 0, !Task.isCancelled else { return false }
          state.waiter = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      wake()
    }
    return free
  }

  var exist: Bool { all > 0 }

  /// How many are free; nil when none is.
  var free: Int? { state.withLockedValue { $0.free > 0 ? $0.free : nil } }

  var isIdle: Bool { state.withLockedValue(\.free) == all }

  func take(_ count: Int = 1) { state.withLockedValue { $0.free -= count } }

  func giveBack(_ count: Int = 1) {
    state.withLockedValue { $0.free += count }
    wake()
  }

  private func wake() {
    let waiter = state.withLockedValue { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
