/// What a subscribed connection is sent.
enum SubscriptionPush: Equatable {
  case confirmed
  case message(RedisMessage)
  case refused(RedisServerError)
  /// An answer to a probe, and whatever later servers may add.
  case other

  init(_ reply: RedisReply) {
    if case .error(let error) = reply {
      self = .refused(error)
      return
    }
    self = .other
    guard case .value(.array(let parts)) = reply else { return }
    switch (parts.first?.string, parts.count) {
    case ("subscribe", 3), ("psubscribe", 3): self = .confirmed
    case ("message", 3): self = Self.message(channel: parts[1], pattern: nil, payload: parts[2])
    case ("pmessage", 4): self = Self.message(channel: parts[2], pattern: parts[1].string, payload: parts[3])
    default: break
    }
  }

  private static func message(channel: RedisValue, pattern: String?, payload: RedisValue) -> SubscriptionPush {
    guard let channel = channel.string, let payload = payload.bytes else { return .other }
    return .message(RedisMessage(channel: channel, pattern: pattern, payload: payload))
  }
}
