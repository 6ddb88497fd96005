import Redis
import Testing

@Suite struct SubscriptionTests {
  @Test func messagesArriveByChannelAndPattern() async throws {
    try await withClient { client in
      let channel = freshKey()
      let subscription = try await client.subscribe(to: [channel], patterns: [channel + ":*"])
      let receivers = try await client.pipeline([
        RedisCommand("PUBLISH", channel, "你好"), RedisCommand("PUBLISH", channel + ":x", [0xFF] as [UInt8]),
      ])
      #expect(receivers == [.value(.integer(1)), .value(.integer(1))])
      var events = subscription.makeAsyncIterator()
      let first = await events.next()
      let second = await events.next()
      #expect(first == .message(RedisMessage(channel: channel, pattern: nil, payload: Array("你好".utf8))))
      #expect(second == .message(RedisMessage(channel: channel + ":x", pattern: channel + ":*", payload: [0xFF])))
    }
  }

  @Test func comesBackAfterALossAndReportsTheGap() async throws {
    try await withClient {
      $0.clientName = "comes-back"
    } _: { client in
      let channel = freshKey()
      let subscription = try await client.subscribe(to: [channel])
      var events = subscription.makeAsyncIterator()
      try await killConnections(client, named: "comes-back") { $0.contains(" sub=1 ") }
      let gap = await events.next()
      #expect(gap == .gap(.reconnected))
      _ = try await client.send(RedisCommand("PUBLISH", channel, "after"))
      let message = await events.next()
      #expect(message == .message(RedisMessage(channel: channel, pattern: nil, payload: Array("after".utf8))))
    }
  }

  @Test func hangsUpWhenNobodyReads() async throws {
    try await withClient { client in
      let channel = freshKey()
      func subscribers() async throws -> Int? {
        try await client.send(RedisCommand("PUBSUB", "NUMSUB", channel)).array?.last?.integer
      }
      var subscription: RedisSubscription? = try await client.subscribe(to: [channel])
      var count = try await subscribers()
      #expect(count == 1)
      _ = subscription
      subscription = nil
      try await eventually { try await subscribers() == 0 }

      let reader = Task {
        for await _ in try await client.subscribe(to: [channel]) {}
      }
      try await eventually { try await subscribers() == 1 }
      reader.cancel()
      try await reader.value
      try await eventually { try await subscribers() == 0 }
      count = try await subscribers()
      #expect(count == 0)
    }
  }

  @Test func endsWithTheClient() async throws {
    let client = RedisClient(RedisServer.shared.configuration, logger: quiet)
    var events = try await client.subscribe(to: [freshKey()]).makeAsyncIterator()
    await client.close()
    let event = await events.next()
    #expect(event == nil)
    await #expect(throws: RedisError.closed) { try await client.send(RedisCommand("PING")) }
  }
}
