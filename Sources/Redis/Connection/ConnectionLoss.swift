/// Why a connection ended, and what that means for the calls that were under way.
enum ConnectionLoss {
  /// It never came about.
  case unreachable(String)
  /// The server did not let the client in.
  case refused(RedisServerError)
  /// The socket failed, the server hung up, or what it sent cannot be read.
  case broken(WireFailure)
  /// A reply missed its time limit.
  case late(Duration)
  /// Its owner had no more use for it.
  case closed

  var reason: String {
    switch self {
    case .unreachable(let reason): reason
    case .refused(let error): error.message
    case .broken(let failure): failure.reason
    case .late(let limit): "an answer did not come within \(limit), so no later one can be matched"
    case .closed: "the connection was closed by its owner"
    }
  }

  /// What a call gets that was waiting for its reply. The oldest is the one that a late or unreadable reply was for.
  func error(forCallSentWhole isSent: Bool, isOldest: Bool) -> RedisError {
    guard isSent else { return .lost(applied: .no, reason: reason) }
    switch self {
    case .late(let limit) where isOldest: return .timedOut(after: limit)
    case .broken(let failure) where failure.isProtocol && isOldest: return .unreadableAnswer(reason: reason)
    default: return .lost(applied: .unknown, reason: reason)
    }
  }

  /// What a call gets that was waiting for the connection.
  var errorBeforeReady: RedisError {
    switch self {
    case .refused(let error): .refused(error)
    case .closed: .closed
    case .unreachable, .broken, .late: .unavailable(reason: reason)
    }
  }
}
