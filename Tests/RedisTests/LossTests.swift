import Redis
import Testing

/// What callers see when the server or the connection goes away.
@Suite struct LossTests {
  @Test func aKilledServerLeavesInFlightCallsUnknownAndIsFoundAgain() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) {
      $0.waitLimit = .seconds(60)
      $0.commandTimeout = .seconds(60)
    } _: { client in
      _ = try await client.send(RedisCommand("PING"))
      server.freeze()
      let caught = (0..<100).map { _ in Task { try await client.send(RedisCommand("INCR", "n")) } }
      try await inFlight(100, client)
      server.kill()
      for task in caught {
        await #expect {
          try await task.value
        } throws: { error in
          guard case RedisError.lost(applied: .unknown, _) = error else { return false }
          return true
        }
      }
      let waiting = (0..<100).map { _ in Task { try await client.send(RedisCommand("INCR", "n")) } }
      server.start()
      for task in waiting { _ = try await task.value }
      let count = try await client.send(RedisCommand("GET", "n"))
      #expect(count.integer == 100)
    }
  }

  @Test func underLoadNothingHangsAndNothingIsSentTwice() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) {
      $0.waitLimit = .seconds(30)
    } _: { client in
      try await withThrowingTaskGroup(of: (done: Int, unknown: Int).self) { group in
        for number in 0..<32 {
          group.addTask {
            var (done, unknown) = (0, 0)
            while done < 500 {
              do {
                _ = try await client.send(RedisCommand("INCR", "n\(number)"))
                done += 1
              } catch let error as RedisError {
                guard case .lost(let applied, _) = error else { throw error }
                if applied == .unknown { unknown += 1 }
              }
            }
            return (done, unknown)
          }
        }
        // Hang-ups keep the data, so that the counts can be judged.
        for _ in 0..<10 {
          try await Task.sleep(for: .milliseconds(5))
          _ = try? await client.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))
        }
        var unknown = 0
        for try await result in group { unknown += result.unknown }
        let keys = (0..<32).map { "n\($0)" }
        let counts = try await client.send(RedisCommand("MGET", arguments: keys)).array ?? []
        let applied = counts.reduce(0) { $0 + ($1.integer ?? 0) }
        #expect((32 * 500...32 * 500 + unknown).contains(applied))
      }
    }
  }

  @Test func whatWasNotSentIsKnownNotToBeApplied() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) {
      $0.commandTimeout = .seconds(60)
    } _: { client in
      _ = try await client.send(RedisCommand("PING"))
      server.freeze()
      let command = RedisCommand("SET", "k", [UInt8](repeating: 1, count: 10 << 20))
      let unsent = (0..<3).map { _ in Task { try await client.send(command) } }
      try await inFlight(3, client)
      server.kill()
      for task in unsent {
        await #expect {
          try await task.value
        } throws: { error in
          guard case RedisError.lost(applied: .no, _) = error else { return false }
          return !(error as? RedisError)!.mayHaveBeenApplied
        }
      }
    }
  }

  @Test func aHangUpIsMendedUnnoticed() async throws {
    try await withClient {
      $0.clientName = "mended"
    } _: { client in
      _ = try await client.send(RedisCommand("PING"))
      try await withClient { other in
        for _ in 0..<5 {
          try await killConnections(other, named: "mended")
          try await eventually { try await connections(other, named: "mended") == 1 }
          let answer = try await client.send(RedisCommand("PING"))
          #expect(answer == .status("PONG"))
        }
      }
    }
  }

  @Test func withoutAServerCallsFailAfterTheirWait() async throws {
    var configuration = RedisConfiguration(endpoint: .unix(path: "/nonexistent/redis.sock"))
    configuration.waitLimit = .milliseconds(300)
    configuration.maximumWaiting = 2
    let client = RedisClient(configuration, logger: quiet)
    let waiting = (0..<3).map { _ in Task { try await client.send(RedisCommand("PING")) } }
    for task in waiting {
      await #expect {
        try await task.value
      } throws: { error in
        guard case RedisError.unavailable(let reason) = error else { return false }
        return reason.contains("No such file") && !(error as? RedisError)!.mayHaveBeenApplied
      }
    }
    await #expect(throws: RedisError.self) { try await client.blockingPop(["k"], timeout: .seconds(1)) != nil }
    await #expect(throws: RedisError.self) { try await client.subscribe(to: ["c"]) }
    await client.close()
  }

  @Test func popsAndSubscriptionsSurviveARestart() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) {
      $0.waitLimit = .seconds(30)
    } _: { client in
      let subscription = try await client.subscribe(to: ["news"])
      let pop = Task { try await client.blockingPop(["list"], timeout: .seconds(60)) != nil }
      try await eventually {
        try await client.send(RedisCommand("INFO", "clients")).string?.contains("blocked_clients:1") == true
      }
      server.kill()
      await #expect {
        try await pop.value
      } throws: { error in
        guard case RedisError.lost(applied: .unknown, _) = error else { return false }
        return true
      }
      let next = Task { try await client.blockingPop(["list"], timeout: .seconds(60))?.value.string }
      server.start()
      var events = subscription.makeAsyncIterator()
      let gap = await events.next()
      #expect(gap == .gap(.reconnected))
      _ = try await client.send(RedisCommand("RPUSH", "list", "x"))
      let element = try await next.value
      #expect(element == "x")
    }
  }

  @Test func aServerWithoutRoomIsTriedAgain() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) { first in
      _ = try await first.send(RedisCommand("CONFIG", "SET", "maxclients", 1))
      try await withClient(of: server) {
        $0.waitLimit = .milliseconds(200)
      } _: { second in
        await #expect {
          try await second.send(RedisCommand("PING"))
        } throws: { error in
          guard case RedisError.unavailable = error else { return false }
          return "\(error)".contains("max number of clients")
        }
        _ = try await first.send(RedisCommand("CONFIG", "SET", "maxclients", 100))
        try await eventually { await (try? second.send(RedisCommand("PING"))) == .status("PONG") }
      }
    }
  }
}
