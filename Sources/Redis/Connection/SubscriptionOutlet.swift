/// The writing end of a subscription's sequence: remembers what a slow reader has missed, and says so as soon as there
/// is room, ahead of the next message.
struct SubscriptionOutlet {
  private let events: AsyncStream<RedisSubscriptionEvent>.Continuation
  private var missed: RedisSubscriptionEvent.Gap?

  init(_ events: AsyncStream<RedisSubscriptionEvent>.Continuation) {
    self.events = events
  }

  mutating func send(_ message: RedisMessage) {
    guard reportMissed(), yield(.message(message)) else {
      switch missed {
      case .reconnected: break
      case .overflow(let dropped): missed = .overflow(dropped: dropped + 1)
      case nil: missed = .overflow(dropped: 1)
      }
      return
    }
  }

  /// The connection was made again; covers an overflow that has not been told yet.
  mutating func reconnected() {
    missed = .reconnected
    _ = reportMissed()
  }

  func finish() {
    events.finish()
  }

  private mutating func reportMissed() -> Bool {
    guard let gap = missed else { return true }
    guard yield(.gap(gap)) else { return false }
    missed = nil
    return true
  }

  private func yield(_ event: RedisSubscriptionEvent) -> Bool {
    if case .dropped = events.yield(event) { return false }
    return true
  }
}
