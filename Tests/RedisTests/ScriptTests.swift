import Redis
import Testing

@Suite struct ScriptTests {
  @Test func keysAndArgumentsArrive() async throws {
    try await withClient { client in
      let script = RedisScript("return {KEYS[1], ARGV[1], tonumber(ARGV[2])} -- \(freshKey())")
      #expect(script.sha1 == nil)
      let answer = try await client.run(script, keys: ["k"], arguments: ["v", 7])
      #expect(answer == .array([.bytes([107]), .bytes([118]), .integer(7)]))
      #expect(script.sha1?.count == 40)
    }
  }

  @Test func flushedScriptsAreLoadedAgainUnderConcurrentUse() async throws {
    try await withClient { client in
      let key = freshKey()
      let script = RedisScript("return redis.call('INCR', KEYS[1])")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask { _ = try await client.run(script, keys: [key]) }
          if number % 20 == 0 {
            group.addTask { _ = try await client.send(RedisCommand("SCRIPT", "FLUSH")) }
          }
        }
        try await group.waitForAll()
      }
      let count = try await client.send(RedisCommand("GET", key))
      #expect(count.integer == 200)
    }
  }

  @Test func aScriptsOwnErrorKeepsItsCode() async throws {
    try await withClient { client in
      let script = RedisScript("return redis.error_reply('STALE the epoch has moved on')")
      await #expect {
        try await client.run(script)
      } throws: { error in
        guard case RedisError.server(let answer) = error else { return false }
        return answer.code == "STALE"
      }
    }
  }

  @Test func aFullServerStillRunsWhatOnlyTakesOut() async throws {
    let server = RedisServer()
    defer { server.stop() }
    try await withClient(of: server) { client in
      _ = try await client.send(RedisCommand("RPUSH", "list", 1, 2))
      _ = try await client.send(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
      await #expect {
        try await client.send(RedisCommand("SET", "k", "v"))
      } throws: { error in
        guard case RedisError.server(let answer) = error else { return false }
        return answer.code == .outOfMemory
      }
      let pop = RedisScript("#!lua flags=allow-oom\nreturn redis.call('LPOP', KEYS[1])")
      let popped = try await client.run(pop, keys: ["list"])
      #expect(popped.integer == 1)
    }
  }
}
