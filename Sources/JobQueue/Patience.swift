import NIOConcurrencyHelpers

/// Waits for calls that a worker's end may have to leave behind: one to a server that hangs may never return.
final class Patience: Sendable {
  private struct State {
    var isOver = false
    var next = 0
    var waiting: [Int: @Sendable () -> Void] = [:]
  }

  private let state = NIOLockedValueBox(State())

  var isOver: Bool { state.withLockedValue(\.isOver) }

  /// From now on nobody waits. What is under way is cancelled, and left to itself.
  func end() {
    let waiting = state.withLockedValue { state in
      state.isOver = true
      defer { state.waiting = [:] }
      return state.waiting.sorted { $0.key < $1.key }.map(\.value)
    }
    for leave in waiting { leave() }
  }

  /// What `work` comes to; nil when it was left behind. What it comes to after that, `late` gets.
  func value<Value: Sendable>(
    of work: @escaping @Sendable () async -> Value, late: @escaping @Sendable (Value) async -> Void
  ) async -> Value? {
    let answer = Answer<Value>()
    let task = Task(executorPreference: preferredExecutor()) {
      let value = await work()
      if !answer.give(value) { await late(value) }
    }
    let number = enter {
      task.cancel()
      answer.give(nil)
    }
    defer { leave(number) }
    return await withTaskCancellationHandler {
      await answer.value()
    } onCancel: {
      task.cancel()
    }
  }

  private func enter(_ leave: @escaping @Sendable () -> Void) -> Int {
    let (number, isOver) = state.withLockedValue { state in
      state.next += 1
      if !state.isOver { state.waiting[state.next] = leave }
      return (state.next, state.isOver)
    }
    if isOver { leave() }
    return number
  }

  private func leave(_ number: Int) {
    state.withLockedValue { $0.waiting[number] = nil }
  }

  /// Given once; whoever is second hears that he is.
  private final class Answer<Value: Sendable>: Sendable {
    private enum State {
      case open
      case awaited(CheckedContinuation<Value?, Never>)
      case given(Value?)
    }

    private let state = NIOLockedValueBox(State.open)

    @discardableResult
    func give(_ value: Value?) -> Bool {
      let (isFirst, waiter) = state.withLockedValue { state -> (Bool, CheckedContinuation<Value?, Never>?) in
        defer { if case .given = state {} else { state = .given(value) } }
        return switch state {
        case .open: (true, nil)
        case .awaited(let waiter): (true, waiter)
        case .given: (false, nil)
        }
      }
      waiter?.resume(returning: value)
      return isFirst
    }

    func value() async -> Value? {
      await withCheckedContinuation { continuation in
        let given = state.withLockedValue { state -> Value?? in
          if case .given(let value) = state { return .some(value) }
          state = .awaited(continuation)
          return nil
        }
        if let given { continuation.resume(returning: given) }
      }
    }
  }
}
