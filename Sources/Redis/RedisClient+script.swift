extension RedisClient {
  /// Runs a script by its hash and gives the server its text when the server does not know it.
  ///
  /// One round trip; two more at the first use of a script in this process or after SCRIPT FLUSH or a restart.
  public func run(
    _ script: RedisScript, keys: [String] = [], arguments: [any RedisArgument] = []
  ) async throws -> RedisValue {
    var hash = script.sha1
    // Someone may flush the scripts between our loading and running: a few rounds, then the error is thrown.
    for _ in 0..<4 {
      if let hash {
        let command = RedisCommand("EVALSHA", arguments: [hash, keys.count] + keys + arguments)
        do {
          return try await send(command)
        } catch RedisError.server(let error) where error.code == .noScript {}
      }
      hash = try await load(script)
    }
    throw RedisError.server(RedisServerError(message: "NOSCRIPT the script was flushed whenever it had been loaded"))
  }

  /// Makes the server know the script ahead of its first use. One round trip.
  @discardableResult
  public func load(_ script: RedisScript) async throws -> String {
    guard let hash = try await send(RedisCommand("SCRIPT", "LOAD", script.source)).string else {
      throw RedisError.unreadableAnswer(reason: "SCRIPT LOAD answered no hash")
    }
    script.sha1 = hash
    return hash
  }
}
