extension RedisCommand {
  /// Why the command may not go down a connection that other tasks use too; nil when it may.
  var obstacleToSharing: String? {
    // Two comparisons let the commands of the hot path (GET, SET, EVALSHA …) go by without a look-up.
    guard name.utf8.count >= 4, let first = name.utf8.first, Self.initials.contains(first | 0x20) else { return nil }
    return Self.obstacles[name.uppercased()]
  }

  private static let initials = Set("abhmpqrsuw".utf8)

  private static let obstacles: [String: String] = {
    var obstacles: [String: String] = [:]
    for name in ["BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BLMPOP", "BZMPOP"] {
      obstacles[name] = "it would keep every other task waiting; use blockingPop"
    }
    for name in ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"] {
      obstacles[name] = "it changes what the connection answers; use subscribe"
    }
    for name in ["MULTI", "WATCH", "UNWATCH"] {
      obstacles[name] = "commands of other tasks would fall into it; use transaction"
    }
    for name in ["AUTH", "SELECT", "HELLO"] {
      obstacles[name] = "it changes the connection for every task; set it in the configuration"
    }
    for name in ["MONITOR", "SYNC", "PSYNC", "QUIT", "RESET"] {
      obstacles[name] = "it ends the connection's use for every other task"
    }
    return obstacles
  }()
}
