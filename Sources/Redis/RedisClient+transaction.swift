extension RedisClient {
  /// Applies commands as a unit: no other client's command comes in between. One round trip.
  ///
  /// Throws `transactionRejected` if a command cannot be queued (nothing was applied), `transactionFailedInPart` if one
  /// fails while it runs (Redis applies the others all the same), `transactionAborted` if EXEC answers nil.
  public func transaction(_ commands: [RedisCommand]) async throws -> [RedisValue] {
    guard !commands.isEmpty else { return [] }
    for command in commands { try check(command) }
    let replies = try await sendTogether([RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")])
    return try Self.outcome(of: replies)
  }

  /// What the replies to MULTI, the commands and EXEC mean together.
  static func outcome(of replies: [RedisReply]) throws(RedisError) -> [RedisValue] {
    guard let execution = replies.last, let opening = replies.first else { throw .transactionAborted }
    if case .error(let error) = opening { throw .server(error) }
    switch execution {
    case .error(let error) where error.code == .executionAborted:
      var rejected: [Int: RedisServerError] = [:]
      for (index, reply) in replies.dropFirst().dropLast().enumerated() {
        if case .error(let error) = reply { rejected[index] = error }
      }
      throw .transactionRejected(rejected)
    case .error(let error): throw .server(error)
    case .value(.array(let results)):
      let failed = results.contains { if case .error = $0 { true } else { false } }
      guard failed else { return results }
      throw .transactionFailedInPart(
        results.map { if case .error(let error) = $0 { .error(error) } else { .value($0) } })
    case .value: throw .transactionAborted
    }
  }
}
