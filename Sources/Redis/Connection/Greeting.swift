/// What a connection says first: who it is, its name, its database, and whether the server is ready to work.
struct Greeting {
  private enum Step {
    case authenticate, name, select, ping
  }

  private var steps: [Step] = []
  private(set) var bytes: [UInt8] = []

  var count: Int { steps.count }

  init(_ configuration: RedisConfiguration) {
    if let password = configuration.password {
      let user = configuration.user.map { [$0] } ?? []
      add(.authenticate, RedisCommand("AUTH", arguments: user + [password]))
    }
    if let name = configuration.clientName { add(.name, RedisCommand("CLIENT", "SETNAME", name)) }
    if configuration.database != 0 { add(.select, RedisCommand("SELECT", configuration.database)) }
    add(.ping, RedisCommand("PING"))
  }

  private mutating func add(_ step: Step, _ command: RedisCommand) {
    steps.append(step)
    bytes += command.encoded
  }

  /// The first reason why the connection cannot be used.
  func problem(in replies: [RedisReply]) -> ConnectionLoss? {
    for (step, reply) in zip(steps, replies) {
      guard case .error(let error) = reply else { continue }
      switch (step, error.code) {
      case (_, .loading), (_, .masterDown), (_, .busy): return .unreachable(error.message)
      case (.name, _), (.ping, .noPermission): continue
      case (_, .general) where error.message.contains("max number of clients"):
        return .unreachable(error.message)
      default: return .refused(error)
      }
    }
    return nil
  }
}
