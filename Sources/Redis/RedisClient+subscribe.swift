import NIOConcurrencyHelpers

extension RedisClient {
  /// Subscribes to channels and patterns, on a connection of its own; returns when the server has confirmed them all.
  ///
  /// After a loss it subscribes again by itself and reports the gap. `limit` is how many messages may wait for a slow
  /// reader; what comes beyond is dropped and reported as a gap too. Throws `RedisError`.
  public func subscribe(
    to channels: [String], patterns: [String] = [], buffering limit: Int = 1_024
  ) async throws -> RedisSubscription {
    precondition(!channels.isEmpty || !patterns.isEmpty, "a subscription needs a channel or a pattern")
    let (stream, continuation) = AsyncStream.makeStream(
      of: RedisSubscriptionEvent.self, bufferingPolicy: .bufferingOldest(limit))
    let feed = SubscriptionFeed(
      channels: channels, patterns: patterns, configuration, loop: loop, log: log, events: continuation)
    let id = ObjectIdentifier(feed)
    feeds.withLockedValue { $0[id] = feed }
    continuation.onTermination = { [feeds] _ in
      guard let feed = feeds.withLockedValue({ $0.removeValue(forKey: id) }) else { return }
      Task { await feed.end() }
    }
    try await feed.start()
    return RedisSubscription(events: stream)
  }
}
