import NIOConcurrencyHelpers

/// What just happened, for pages and programs that look on live.
enum FeedEvent: Sendable {
  case posted(MessageRecord)
  case refused(number: Int)
  case robotsChanged
  case heartbeat
}

/// Hands each event to everyone who looks on.
///
/// A subscriber that reads too slowly loses the oldest events: the sandbox's answers never wait for a browser, and pages
/// fetch what they lack by number.
final class Feed: Sendable {
  /// One looker-on.
  struct Subscription: Sendable {
    let events: AsyncStream<FeedEvent>
    fileprivate let continuation: AsyncStream<FeedEvent>.Continuation

    func yield(_ event: FeedEvent) {
      continuation.yield(event)
    }

    func end() {
      continuation.finish()
    }
  }

  private struct Subscribers {
    var next = 0
    var continuations: [Int: AsyncStream<FeedEvent>.Continuation] = [:]
  }

  private let subscribers = NIOLockedValueBox(Subscribers())

  func subscribe() -> Subscription {
    let (stream, continuation) = AsyncStream.makeStream(of: FeedEvent.self, bufferingPolicy: .bufferingNewest(1024))
    let id = subscribers.withLockedValue { subscribers in
      subscribers.next += 1
      subscribers.continuations[subscribers.next] = continuation
      return subscribers.next
    }
    continuation.onTermination = { [subscribers] _ in
      subscribers.withLockedValue { _ = $0.continuations.removeValue(forKey: id) }
    }
    return Subscription(events: stream, continuation: continuation)
  }

  func publish(_ event: FeedEvent) {
    // Yielding outside the lock: a continuation may end, and its onTermination takes the lock.
    for continuation in subscribers.withLockedValue({ Array($0.continuations.values) }) {
      continuation.yield(event)
    }
  }
}
