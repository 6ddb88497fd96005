extension RedisClient {
  /// Takes the first element of the first of these lists that has one, waiting for one if all are empty (BLPOP).
  ///
  /// Returns nil when none came within `timeout` (at least a millisecond, in milliseconds' precision). The wait has a
  /// connection of its own; more than `maximumBlockingConnections` at a time fail as `unavailable`. Cancelling the task
  /// closes that connection: an element that the server pops in that very moment is lost, so pop tokens that may be.
  public func blockingPop(_ keys: [String], timeout: Duration) async throws -> (key: String, value: RedisValue)? {
    let timeout = max(timeout, .milliseconds(1))
    let milliseconds = (timeout / .milliseconds(1)).rounded(.up)
    let command = RedisCommand("BLPOP", arguments: keys + [milliseconds / 1_000])
    let answer = try await blocking.perform(command, timeout: timeout)
    guard let pair = answer.array, pair.count == 2, let key = pair[0].string else { return nil }
    return (key, pair[1])
  }
}
