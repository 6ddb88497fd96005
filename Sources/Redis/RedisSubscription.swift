/// What arrives on subscribed channels: a sequence for one reader.
///
/// It ends when its task is cancelled, when it is dropped, or when the client is closed; its connection is closed then.
public struct RedisSubscription: AsyncSequence, Sendable {
  let events: AsyncStream<RedisSubscriptionEvent>

  /// Reads the events in their order.
  public struct AsyncIterator: AsyncIteratorProtocol {
    var events: AsyncStream<RedisSubscriptionEvent>.Iterator

    /// The next event; nil at the end.
    public mutating func next() async -> RedisSubscriptionEvent? { await events.next() }
  }

  /// An iterator over what arrives from now on.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(events: events.makeAsyncIterator()) }
}

/// Something that a subscription has to tell.
public enum RedisSubscriptionEvent: Sendable, Hashable {
  /// Somebody has published.
  case message(RedisMessage)
  /// Messages may have been missed before this point: whoever keeps a state by them has to read it anew.
  case gap(Gap)

  /// Why messages may be missing.
  public enum Gap: Sendable, Hashable {
    /// The connection was lost and made again; what was published in between is gone.
    case reconnected
    /// The reader was too slow for this many messages.
    case overflow(dropped: Int)
  }
}

/// One published message.
public struct RedisMessage: Sendable, Hashable {
  /// The channel that it was published on.
  public let channel: String
  /// The pattern that matched, if it came by one.
  public let pattern: String?
  /// The message.
  public let payload: [UInt8]

  /// A message as it would come by this channel.
  public init(channel: String, pattern: String? = nil, payload: [UInt8]) {
    self.channel = channel
    self.pattern = pattern
    self.payload = payload
  }

  /// The message as text; nil when it is not UTF-8.
  public var text: String? { String(validating: payload, as: UTF8.self) }
}
