import NIOConcurrencyHelpers

/// Stands before the first byte of one request: lets it pass in time, or never, and remembers which.
///
/// This is what makes the difference between "not sent" and "unknown" exact. The kinds of errors cannot: a broken
/// connection reads the same before and after the request left.
final class FirstByteGate: Sendable {
  enum State: Sendable, Hashable {
    case waiting
    /// The request was handed to the connection: from here on a byte may have left.
    case opened
    /// Shut before anything passed; nothing ever will.
    case shut
  }

  let closesAt: ContinuousClock.Instant
  private let state = NIOLockedValueBox(State.waiting)

  init(closesAt: ContinuousClock.Instant) {
    self.closesAt = closesAt
  }

  /// Asks to let the first byte pass. Whoever gets false must not write it.
  func open() -> Bool {
    state.withLockedValue { state in
      guard state == .waiting else { return false }
      state = ContinuousClock.now < closesAt ? .opened : .shut
      return state == .opened
    }
  }

  /// Records that a head was written by a way around the gate, which must then count as opened.
  func wasPassed() {
    state.withLockedValue { state in
      if state == .waiting { state = .opened }
    }
  }

  /// Shuts the gate for good unless something has passed.
  /// - Returns: whether it is certain that nothing has passed and nothing will.
  @discardableResult func shut() -> Bool {
    state.withLockedValue { state in
      if state == .waiting { state = .shut }
      return state == .shut
    }
  }
}

/// The gates of the requests under way, found by the number that a request carries to its connection.
final class FirstByteGates: Sendable {
  private struct Contents {
    var gates: [Int: FirstByteGate] = [:]
    var next = 1
  }

  private let contents = NIOLockedValueBox(Contents())

  func add(_ gate: FirstByteGate) -> Int {
    contents.withLockedValue { contents in
      defer { contents.next += 1 }
      contents.gates[contents.next] = gate
      return contents.next
    }
  }

  func remove(_ number: Int) {
    _ = contents.withLockedValue { $0.gates.removeValue(forKey: number) }
  }

  subscript(number: Int) -> FirstByteGate? {
    contents.withLockedValue { $0.gates[number] }
  }
}
