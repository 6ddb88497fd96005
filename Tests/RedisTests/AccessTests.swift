import Logging
import Redis
import Testing

@Suite struct AccessTests {
  /// A server on a loopback port that wants a password.
  private static let guarded = RedisServer(password: "open sesame")

  private func configuration(_ url: String) throws -> RedisConfiguration {
    try RedisConfiguration.parse(url: url.replacing("PORT", with: "\(Self.guarded.port)"))
  }

  private func ping(_ configuration: RedisConfiguration) async throws -> RedisValue {
    let client = RedisClient(configuration, logger: quiet)
    do {
      let answer = try await client.send(RedisCommand("PING"))
      await client.close()
      return answer
    } catch {
      await client.close()
      throw error
    }
  }

  @Test(arguments: [
    "redis://:open%20sesame@127.0.0.1:PORT", "redis://default:open%20sesame@localhost:PORT/2",
  ])
  func theRightPasswordOpens(url: String) async throws {
    let answer = try await ping(configuration(url))
    #expect(answer == .status("PONG"))
  }

  @Test(arguments: [
    ("redis://:wrong@127.0.0.1:PORT", RedisServerError.Code.wrongPassword),
    ("redis://nobody:wrong@127.0.0.1:PORT", .wrongPassword),
    ("redis://127.0.0.1:PORT", .noAuthentication),
    ("redis://:open%20sesame@127.0.0.1:PORT/99", .general),
  ])
  func whatTheServerRefusesIsSaidAtOnce(url: String, code: RedisServerError.Code) async throws {
    let configuration = try configuration(url)
    await #expect {
      try await ping(configuration)
    } throws: { error in
      guard case RedisError.refused(let answer) = error else { return false }
      return answer.code == code && !"\(error)".contains("sesame")
    }
  }

  @Test func refusedPopsAndSubscriptionsSaySo() async throws {
    let client = try RedisClient(configuration("redis://:wrong@127.0.0.1:PORT"), logger: quiet)
    await #expect(throws: RedisError.self) { try await client.blockingPop(["k"], timeout: .seconds(1)) != nil }
    await #expect(throws: RedisError.self) { try await client.subscribe(to: ["c"]) }
    await client.close()
  }

  @Test func databasesAreApart() async throws {
    let key = freshKey()
    try await withClient {
      $0.database = 3
    } _: { client in
      _ = try await client.send(RedisCommand("SET", key, "three"))
    }
    try await withClient { client in
      let value = try await client.send(RedisCommand("GET", key))
      #expect(value == .null)
    }
    try await withClient {
      $0.database = 3
      $0.clientName = "named"
    } _: { client in
      let replies = try await client.pipeline([RedisCommand("GET", key), RedisCommand("CLIENT", "GETNAME")])
      #expect(replies.map { try? $0.get().string } == ["three", "named"])
    }
  }

  @Test func aNameThatNobodyKnowsIsUnavailable() async throws {
    var configuration = try RedisConfiguration.parse(url: "redis://no-such-host.invalid")
    configuration.waitLimit = .milliseconds(200)
    await #expect {
      try await ping(configuration)
    } throws: { error in
      guard case RedisError.unavailable = error else { return false }
      return true
    }
  }
}
