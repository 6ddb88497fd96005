/// Why a call failed. A cancelled task gets a `CancellationError` instead.
public enum RedisError: Error, Sendable, Hashable {
  /// The server answered with an error.
  case server(RedisServerError)
  /// There was no connection within the time that a call may wait for one. The command was not sent.
  case unavailable(reason: String)
  /// The server did not let the client in: password, user or database. The command was not sent.
  case refused(RedisServerError)
  /// The connection was lost before the answer came.
  case lost(applied: Applied, reason: String)
  /// No answer came in time; the connection was closed. The server may have applied the command or may still do so.
  case timedOut(after: Duration)
  /// The answer cannot be read (lists nested more than seven deep); the connection was closed. The command ran.
  case unreadableAnswer(reason: String)
  /// EXEC was refused because these commands (by their position) could not be queued. Nothing was applied.
  case transactionRejected([Int: RedisServerError])
  /// EXEC answered nil: nothing was applied.
  case transactionAborted
  /// A command of a transaction failed while it ran; Redis has applied the others all the same.
  case transactionFailedInPart([RedisReply])
  /// The command may not be sent down a connection that other tasks share. It was not sent.
  case notShareable(command: String, reason: String)
  /// The client has been closed. The command was not sent.
  case closed

  /// What is known about a command whose answer is missing.
  public enum Applied: Sendable, Hashable {
    /// It never reached the server whole.
    case no
    /// It was sent; the server may have applied it.
    case unknown
  }

  /// Whether the command may have changed something although the call failed.
  public var mayHaveBeenApplied: Bool {
    switch self {
    case .lost(applied: .unknown, _), .timedOut, .unreadableAnswer, .transactionFailedInPart: true
    case .lost(applied: .no, _), .server, .unavailable, .refused, .transactionRejected, .transactionAborted,
      .notShareable, .closed:
      false
    }
  }
}

extension RedisError: CustomStringConvertible {
  /// The error in a sentence for an operator; holds no argument of any command.
  public var description: String {
    switch self {
    case .server(let error): "Redis answered: \(error.message)"
    case .unavailable(let reason): "Redis is unavailable, nothing was sent: \(reason)"
    case .refused(let error): "Redis refused the connection: \(error.message)"
    case .lost(.no, let reason): "The connection to Redis was lost before the command was sent: \(reason)"
    case .lost(.unknown, let reason):
      "The connection to Redis was lost, it is unknown whether the command was applied: \(reason)"
    case .timedOut(let limit): "Redis did not answer within \(limit), it is unknown whether the command was applied"
    case .unreadableAnswer(let reason): "The answer of Redis cannot be read (the command ran): \(reason)"
    case .transactionRejected(let errors):
      "Redis rejected the transaction, nothing was applied: "
        + errors.sorted { $0.key < $1.key }.map { "command \($0.key + 1): \($0.value.message)" }.joined(separator: "; ")
    case .transactionAborted: "Redis aborted the transaction, nothing was applied"
    case .transactionFailedInPart(let replies):
      "Part of the transaction failed, the rest was applied: "
        + replies.compactMap { if case .error(let error) = $0 { error.message } else { nil } }.joined(separator: "; ")
    case .notShareable(let command, let reason): "\(command) cannot be sent on a shared connection: \(reason)"
    case .closed: "The Redis client has been closed"
    }
  }
}
