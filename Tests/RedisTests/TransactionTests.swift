import Redis
import Testing

@Suite struct TransactionTests {
  @Test func appliesAllInOrder() async throws {
    try await withClient { client in
      let key = freshKey()
      let values = try await client.transaction([
        RedisCommand("SET", key, 1), RedisCommand("INCR", key), RedisCommand("GET", key),
      ])
      #expect(values == [.status("OK"), .integer(2), .bytes([50])])
    }
  }

  @Test func aCommandThatCannotBeQueuedRejectsAll() async throws {
    try await withClient { client in
      let key = freshKey()
      await #expect {
        try await client.transaction([
          RedisCommand("SET", key, 1), RedisCommand("SET", key), RedisCommand("NOSUCHTHING"),
        ])
      } throws: { error in
        guard case RedisError.transactionRejected(let rejected) = error else { return false }
        return Set(rejected.keys) == [1, 2] && !(error as? RedisError)!.mayHaveBeenApplied
      }
      let value = try await client.send(RedisCommand("GET", key))
      #expect(value == .null)
    }
  }

  @Test func aCommandThatFailsWhileItRunsIsTold() async throws {
    try await withClient { client in
      let key = freshKey()
      await #expect {
        try await client.transaction([RedisCommand("SET", key, "text"), RedisCommand("INCR", key)])
      } throws: { error in
        guard case RedisError.transactionFailedInPart(let replies) = error else { return false }
        guard case .error = replies[1] else { return false }
        return replies[0] == .value(.status("OK")) && (error as? RedisError)!.mayHaveBeenApplied
      }
    }
  }

  @Test func commandsOfOtherTasksStayOut() async throws {
    try await withClient { client in
      let key = freshKey()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 {
          group.addTask {
            let values = try await client.transaction([RedisCommand("INCR", key), RedisCommand("INCR", key)])
            #expect(values[1].integer == values[0].integer.map { $0 + 1 })
          }
          group.addTask { _ = try await client.send(RedisCommand("INCR", key)) }
        }
        try await group.waitForAll()
      }
      let sum = try await client.send(RedisCommand("GET", key))
      #expect(sum.integer == 150)
    }
  }

  @Test func nothingIsTheEmptyTransaction() async throws {
    try await withClient { client in
      let (values, replies) = (try await client.transaction([]), try await client.pipeline([]))
      #expect(values.isEmpty && replies.isEmpty)
    }
  }
}
