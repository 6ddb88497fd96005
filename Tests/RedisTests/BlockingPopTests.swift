import Redis
import Testing

@Suite struct BlockingPopTests {
  @Test func wakesWhenAnElementComes() async throws {
    try await withClient { client in
      let (first, second) = (freshKey(), freshKey())
      async let popped = client.blockingPop([first, second], timeout: .seconds(30))
      try await eventually { try await waitingClients(client) > 0 }
      _ = try await client.send(RedisCommand("RPUSH", second, "token"))
      let element = try await popped
      #expect(element?.key == second)
      #expect(element?.value.string == "token")
    }
  }

  @Test func endsWithNothingAfterItsTime() async throws {
    try await withClient { client in
      let nothing = try await client.blockingPop([freshKey()], timeout: .milliseconds(20))
      #expect(nothing == nil)
      _ = try await client.send(RedisCommand("RPUSH", "blocking:there", "a"))
      let there = try await client.blockingPop(["blocking:there"], timeout: .milliseconds(20))
      #expect(there?.value.string == "a")
    }
  }

  /// An idle server looks only ten times a second at who has waited long enough: the client ends its wait itself.
  @Test func endsItsWaitItselfAndKeepsTheConnection() async throws {
    try await withClient {
      $0.clientName = "patient"
    } _: { client in
      let before = try await calls(of: "client|unblock", client)
      for _ in 0..<5 { _ = try await client.blockingPop([freshKey()], timeout: .milliseconds(3)) }
      #expect(try await calls(of: "client|unblock", client) > before)
      #expect(try await connections(client, named: "patient") == 2)
    }
  }

  private func calls(of command: String, _ client: RedisClient) async throws -> Int {
    let text = try await client.send(RedisCommand("INFO", "commandstats")).string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_\(command):") }
    let number = line?.split(separator: "=").dropFirst().first?.prefix(while: \.isNumber)
    return number.flatMap { Int($0) } ?? 0
  }

  @Test func aCancelledTaskHangsUp() async throws {
    try await withClient {
      $0.clientName = "hangs-up"
    } _: { client in
      let key = freshKey()
      let task = Task { try await client.blockingPop([key], timeout: .seconds(60)) != nil }
      try await eventually { try await connections(client, named: "hangs-up") == 2 }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      try await eventually { try await connections(client, named: "hangs-up") == 1 }
      _ = try await client.send(RedisCommand("RPUSH", key, "kept"))
      let length = try await client.send(RedisCommand("LLEN", key))
      #expect(length == .integer(1))
    }
  }

  @Test func connectionsAreReusedAndBounded() async throws {
    try await withClient {
      $0.maximumBlockingConnections = 2
      $0.clientName = "bounded"
    } _: { client in
      let key = freshKey()
      for _ in 0..<10 { _ = try await client.blockingPop([key], timeout: .milliseconds(1)) }
      let count = try await connections(client, named: "bounded")
      #expect(count == 2)
      let waiting = (0..<2).map { _ in Task { try await client.blockingPop([key], timeout: .seconds(30)) != nil } }
      try await eventually { try await connections(client, named: "bounded") == 3 }
      await #expect {
        _ = try await client.blockingPop([key], timeout: .seconds(1))
      } throws: { error in
        guard case RedisError.unavailable = error else { return false }
        return true
      }
      _ = try await client.send(RedisCommand("RPUSH", key, 1, 2))
      for task in waiting { #expect(try await task.value) }
    }
  }

  private func waitingClients(_ client: RedisClient) async throws -> Int {
    let text = try await client.send(RedisCommand("INFO", "clients")).string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("blocked_clients:") }
    return line.flatMap { Int($0.drop { $0 != ":" }.dropFirst()) } ?? 0
  }
}
