/// How one command of several went: errors are values here, since the other commands' answers count as well.
public enum RedisReply: Sendable, Hashable {
  /// The command's answer.
  case value(RedisValue)
  /// The server refused the command.
  case error(RedisServerError)

  /// The value, or throws the error.
  public func get() throws(RedisError) -> RedisValue {
    switch self {
    case .value(let value): return value
    case .error(let error): throw .server(error)
    }
  }

  /// The reply as a part of a list.
  var nested: RedisValue {
    switch self {
    case .value(let value): value
    case .error(let error): .error(error)
    }
  }
}
