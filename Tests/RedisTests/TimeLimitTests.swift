import Redis
import Testing

@Suite struct TimeLimitTests {
  @Test func aLateAnswerEndsTheConnectionAndLaterCallsWork() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) {
      $0.commandTimeout = .seconds(3)
      $0.waitLimit = .seconds(30)
    } _: { client in
      _ = try await client.send(RedisCommand("SET", "k", "v"))
      server.freeze()
      let late = Task { try await client.send(RedisCommand("INCR", "n")) }
      try await inFlight(1, client)
      let behind = Task { try await client.send(RedisCommand("INCR", "n")) }
      await #expect(throws: RedisError.timedOut(after: .seconds(3))) { try await late.value }
      await #expect {
        try await behind.value
      } throws: { error in
        guard case RedisError.lost(applied: .unknown, _) = error else { return false }
        return true
      }
      server.thaw()
      let value = try await client.send(RedisCommand("GET", "k"))
      #expect(value.string == "v")
    }
  }

  @Test func aCancelledCallReturnsAtOnceAndTheRepliesStillMatch() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) {
      $0.commandTimeout = .seconds(60)
    } _: { client in
      _ = try await client.send(RedisCommand("PING"))
      server.freeze()
      let first = Task { try await client.send(RedisCommand("ECHO", "first")) }
      let several = Task { try await client.pipeline([RedisCommand("ECHO", "a"), RedisCommand("ECHO", "b")]) }
      let others = (0..<100).map { number in
        Task { try await client.send(RedisCommand("ECHO", number)).integer == number }
      }
      try await inFlight(102, client)
      first.cancel()
      several.cancel()
      await #expect(throws: CancellationError.self) { try await first.value }
      await #expect(throws: CancellationError.self) { try await several.value }
      // Only now the answers come, those of the cancelled calls among them.
      server.thaw()
      for other in others { #expect(try await other.value) }
    }
  }

  @Test func aCancelledTaskSendsNothing() async throws {
    try await withClient { client in
      let key = freshKey()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await client.send(RedisCommand("INCR", key))
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      let value = try await client.send(RedisCommand("GET", key))
      #expect(value == .null)
    }
  }

  @Test func aCallCancelledWhileItWaitsForAConnectionReturnsAtOnce() async throws {
    var configuration = RedisConfiguration(endpoint: .unix(path: "/nonexistent/redis.sock"))
    configuration.waitLimit = .seconds(600)
    let client = RedisClient(configuration, logger: quiet)
    let task = Task { try await client.send(RedisCommand("PING")) }
    let pop = Task { try await client.blockingPop(["k"], timeout: .seconds(600)) != nil }
    let subscription = Task { try await client.subscribe(to: ["c"]) }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    pop.cancel()
    subscription.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await #expect(throws: CancellationError.self) { try await pop.value }
    await #expect(throws: CancellationError.self) { try await subscription.value }
    await client.close()
  }

  @Test func anAnswerNestedTooDeepSaysSoAndOnlyThatOne() async throws {
    try await withClient { client in
      let nested = "local t = {} for _ = 1, 9 do t = {t} end return t"
      await #expect {
        try await client.send(RedisCommand("EVAL", nested, 0))
      } throws: { error in
        guard case RedisError.unreadableAnswer(let reason) = error else { return false }
        return reason.contains("depth") && (error as? RedisError)!.mayHaveBeenApplied
      }
      let answer = try await client.send(RedisCommand("PING"))
      #expect(answer == .status("PONG"))
    }
  }

  @Test func closingWaitsForTheAnswersOnTheirWay() async throws {
    let client = RedisClient(RedisServer.shared.configuration, logger: quiet)
    let key = freshKey()
    let calls = (0..<100).map { _ in Task { try await client.send(RedisCommand("INCR", key)) } }
    _ = try await client.send(RedisCommand("PING"))
    try await eventually { try await client.send(RedisCommand("GET", key)).integer == 100 }
    let last = Task { try await client.pipeline((0..<1_000).map { _ in RedisCommand("INCR", key) }).count }
    await client.close()
    for call in calls { _ = try await call.value }
    switch await last.result {
    case .success(let count): #expect(count == 1_000)
    case .failure(let error): #expect(error as? RedisError == .closed)
    }
  }
}
