import Foundation
import Redis
import Testing

@Suite struct DescriptorTests {
  /// In a process of its own, since other tests open descriptors too.
  @Test func twoHundredReconnectsLeaveNoDescriptor() async {
    await #expect(processExitsWith: .success) {
      let server = RedisServer()
      let client = RedisClient(server.configuration, logger: quiet)
      func reconnect() async throws {
        _ = try? await client.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))
        _ = try? await client.blockingPop(["k"], timeout: .milliseconds(1))
        try await eventually { (try? await client.send(RedisCommand("PING"))) != nil }
      }
      func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }

      try await reconnect()
      let before = try descriptors()
      for _ in 0..<200 { try await reconnect() }
      let after = try descriptors()
      let made = try await client.send(RedisCommand("INFO", "stats")).string ?? ""
      let count = made.split(whereSeparator: \.isNewline).first { $0.hasPrefix("total_connections_received:") }
        .flatMap { Int($0.split(separator: ":")[1]) }
      await client.close()
      server.stop()
      guard after <= before + 2, count ?? 0 > 200 else { exit(1) }
      exit(0)
    }
  }
}
