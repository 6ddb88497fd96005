import Redis

/// What Redis should be like. Nothing of it is needed for correctness: Redis may vanish; it is about how often it does.
struct RedisChecks {
  let redis: RedisClient

  func run() async throws -> [Finding] {
    [
      try await setting("maxmemory-policy", "noeviction", "evicted entries come back only with the next sweep"),
      try await setting("appendonly", "yes", "without it every restart builds the index anew"),
    ]
  }

  private func setting(_ name: String, _ wanted: String, _ reason: String) async throws -> Finding {
    let answer = try await redis.send(RedisCommand("CONFIG", "GET", name)).array ?? []
    guard answer.count == 2, let value = answer[1].string, value != wanted else { return .ok("redis \(name)") }
    return .warning("redis \(name)", "is \(value), better \(wanted): \(reason)")
  }
}
