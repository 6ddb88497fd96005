import Redis
import Testing

@Suite struct CommandTests {
  @Test func answersOfEveryType() async throws {
    try await withClient { client in
      let key = freshKey()
      let expected: [(RedisCommand, RedisValue)] = [
        (RedisCommand("SET", key, "你好"), .status("OK")),
        (RedisCommand("GET", key), .bytes(Array("你好".utf8))),
        (RedisCommand("GET", key + ":none"), .null),
        (RedisCommand("INCRBY", key + ":n", Int.min + 1), .integer(.min + 1)),
        (RedisCommand("DECR", key + ":n"), .integer(.min)),
        (RedisCommand("GET", key + ":n"), .bytes(Array("-9223372036854775808".utf8))),
        (RedisCommand("RPUSH", key + ":list", 1, "b", [0xFF] as [UInt8], 2.5), .integer(4)),
        (
          RedisCommand("LRANGE", key + ":list", 0, -1),
          .array([.bytes([49]), .bytes([98]), .bytes([255]), .bytes(Array("2.5".utf8))])
        ),
        (RedisCommand("LRANGE", key + ":none", 0, -1), .array([])),
        (
          RedisCommand("EVAL", "return {1, {'a', {}}, false, redis.status_reply('FINE')}", 0),
          .array([.integer(1), .array([.bytes([97]), .array([])]), .null, .status("FINE")])
        ),
        (
          RedisCommand("EVAL", "return {redis.error_reply('MINE too bad')}", 0),
          .array([.error(RedisServerError(message: "MINE too bad"))])
        ),
      ]
      for (command, value) in expected {
        let answer = try await client.send(command)
        #expect(answer == value)
      }
    }
  }

  @Test func viewsOfValues() {
    #expect(RedisValue.bytes(Array("12".utf8)).integer == 12)
    #expect(RedisValue.bytes([0xFF]).string == nil)
    #expect(RedisValue.integer(-3).string == "-3")
    #expect(RedisValue.status("OK").string == "OK")
    #expect(RedisValue.null.isNull)
    #expect(RedisValue.array([.null]).array == [.null])
    #expect(RedisValue.array([]).string == nil)
  }

  @Test(arguments: [0, 1, 255, 16 * 1024 - 10, 16 * 1024, 10 << 20])
  func anyBytesComeBackAsTheyWere(count: Int) async throws {
    try await withClient { client in
      let key = freshKey()
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      _ = try await client.send(RedisCommand("SET", key, bytes, "EX", 60))
      let answer = try await client.send(RedisCommand("GET", key))
      #expect(answer.bytes == bytes)
      _ = try await client.send(RedisCommand("DEL", key))
    }
  }

  @Test func manyTasksGetTheirOwnAnswers() async throws {
    try await withClient { client in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          group.addTask {
            for round in 0..<5 {
              let text = "\(number)/\(round)"
              guard try await client.send(RedisCommand("ECHO", text)).string == text else { return false }
            }
            return true
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }

  @Test func anErrorIsItsOwnCommandsAlone() async throws {
    try await withClient { client in
      let key = freshKey()
      let replies = try await client.pipeline([
        RedisCommand("SET", key, "text"), RedisCommand("INCR", key), RedisCommand("LPUSH", key, 1),
        RedisCommand("NOSUCHTHING"), RedisCommand("GET", key),
      ])
      #expect(replies[0] == .value(.status("OK")))
      #expect(throws: RedisError.self) { try replies[1].get() }
      guard case .error(let wrongType) = replies[2], case .error(let unknown) = replies[3] else {
        Issue.record("no errors")
        return
      }
      #expect(wrongType.code == .wrongType)
      #expect(unknown.code == .general)
      #expect(replies[4] == .value(.bytes(Array("text".utf8))))
      await #expect(throws: RedisError.server(wrongType)) { try await client.send(RedisCommand("LPUSH", key, 1)) }
    }
  }

  @Test(arguments: ["blpop", "MULTI", "Subscribe", "SELECT", "MONITOR"])
  func whatWouldDisturbOthersIsRefused(name: String) async throws {
    try await withClient { client in
      await #expect {
        try await client.send(RedisCommand(name, "1"))
      } throws: { error in
        guard case RedisError.notShareable(name, _) = error else { return false }
        return true
      }
    }
  }
}
