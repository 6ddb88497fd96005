/// Why a call to Postgres failed. A cancelled task gets `CancellationError` instead.
public enum PostgresError: Error, Sendable {
  /// The server refused the statement: nothing of it was applied, and its transaction can only be rolled back.
  case server(ServerError)
  /// The connection could not be made or was lost.
  case connection(ConnectionFailure)
  /// No connection of the pool became free in time.
  case poolTimeout(PoolTimeout)
  /// The pool or the connection was closed by its owner.
  case closed
  /// The transaction was rolled back by COMMIT, since one of its statements had failed and the error was swallowed.
  case rolledBack
  /// The call does not fit what the connection is doing or may do.
  case misuse(String)
  /// A setting of the configuration is missing or wrong.
  case configuration(String)
}

/// How a connection failed.
public struct ConnectionFailure: Error, Sendable, Hashable {
  /// What happened, in libpq's or the server's words.
  public let message: String
  /// The server's code, if it said one before it went.
  public let sqlState: SQLState?
  /// Whether the statement was sent and its effect may be there although nobody confirmed it. Never true for a statement
  /// inside a transaction whose COMMIT was not sent: that is rolled back.
  public internal(set) var mayHaveBeenApplied: Bool

  /// Whether another attempt cannot help: the password is wrong, the database does not exist.
  var isPermanent: Bool {
    guard let sqlState else { return false }
    return sqlState.errorClass == "28" || sqlState == "3D000" || sqlState == .insufficientPrivilege
  }
}

/// How a pool looked when a caller had waited too long, or found too many waiting.
public struct PoolTimeout: Error, Sendable, Hashable {
  /// How long the caller had waited.
  public let waited: Duration
  /// Connections in use.
  public let inUse: Int
  /// The most connections that the pool opens.
  public let limit: Int
  /// Callers still waiting.
  public let waiting: Int
  /// Why the pool could not open another connection, if it tried.
  public let lastFailure: ConnectionFailure?
}

extension PostgresError: CustomStringConvertible {
  /// What failed, fit for a log: no values, no password.
  public var description: String {
    switch self {
    case .server(let error): "\(error)"
    case .connection(let failure):
      failure.message + (failure.mayHaveBeenApplied ? " (the statement may have been applied)" : "")
    case .poolTimeout(let timeout):
      "no connection became free within \(timeout.waited): \(timeout.inUse) of \(timeout.limit) in use, "
        + "\(timeout.waiting) waiting" + (timeout.lastFailure.map { "; last failure: \($0.message)" } ?? "")
    case .closed: "the pool or connection is closed"
    case .rolledBack: "the transaction was rolled back, since one of its statements had failed"
    case .misuse(let reason): reason
    case .configuration(let reason): reason
    }
  }

  /// Whether the server refused the values that were to be written (classes 22 and 23): the same once more cannot help.
  public var refusesValues: Bool {
    ["22", "23"].contains(serverError?.sqlState.errorClass)
  }

  /// The server's code, if the server said one.
  public var sqlState: SQLState? {
    switch self {
    case .server(let error): error.sqlState
    case .connection(let failure): failure.sqlState
    default: nil
    }
  }

  /// What the server said, if it refused the statement.
  public var serverError: ServerError? {
    if case .server(let error) = self { error } else { nil }
  }
}
