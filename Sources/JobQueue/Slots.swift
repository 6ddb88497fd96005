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
    let free = state.withLockedValue(\.free)
    return free > 0 ? free : nil
  }

  var exist: Bool { all > 0 }

  var isIdle: Bool { state.withLockedValue(\.free) == all }

  func take() { state.withLockedValue { $0.free -= 1 } }

  func giveBack() {
    state.withLockedValue { $0.free += 1 }
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
