import Logging
import Testing

@testable import Redis

/// Lends a client of the shared server and closes it afterwards.
func withClient(
  of server: RedisServer = .shared, _ change: (inout RedisConfiguration) -> Void = { _ in },
  _ body: (RedisClient) async throws -> Void
) async throws {
  var configuration = server.configuration
  change(&configuration)
  let client = RedisClient(configuration, logger: quiet)
  do {
    try await body(client)
  } catch {
    await client.close()
    throw error
  }
  await client.close()
}

let quiet: Logger = {
  var logger = Logger(label: "redis-tests")
  logger.logLevel = .critical
  return logger
}()

/// A key that no other test uses.
func freshKey(_ name: String = #function) -> String {
  "\(name):\(UInt64.random(in: 0 ... .max))"
}

/// Waits until the client has sent so many calls and has no answer to them.
func inFlight(_ count: Int, _ client: RedisClient) async throws {
  try await eventually { await client.shared.callsInFlight == count }
  // What was counted in one turn of the loop has left before the next.
  let later = await client.shared.callsInFlight
  #expect(later == count)
}

/// Waits until the condition holds; fails the test when it does not within the limit.
func eventually(
  within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record("not within \(limit)", sourceLocation: sourceLocation)
}
