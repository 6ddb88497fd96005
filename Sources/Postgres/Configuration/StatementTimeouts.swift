/// Limits that the server keeps for every statement of a connection or of a transaction. Nil leaves the server's own.
public struct StatementTimeouts: Sendable, Hashable {
  /// How long a statement may run.
  public var statement: Duration?
  /// How long a statement may wait for one lock.
  public var lock: Duration?
  /// How long a transaction may sit idle before the server ends the session.
  public var idleInTransaction: Duration?

  /// Limits; those that are left out stay the server's own.
  public init(statement: Duration? = nil, lock: Duration? = nil, idleInTransaction: Duration? = nil) {
    self.statement = statement
    self.lock = lock
    self.idleInTransaction = idleInTransaction
  }

  /// The server's names and values, in milliseconds. A limit below one would mean none, so it is one.
  var settings: [(name: String, value: String)] {
    let limits = [
      ("statement_timeout", statement), ("lock_timeout", lock),
      ("idle_in_transaction_session_timeout", idleInTransaction),
    ]
    return limits.compactMap { name, limit in
      limit.map { (name, "\(max(Int(($0 / .milliseconds(1)).rounded(.up)), 1))") }
    }
  }

  /// Sets them until the end of the transaction; nil where there is nothing to set.
  var localStatement: SQL? {
    var statement: SQL?
    for (name, value) in settings {
      let setting: SQL = "set_config(\(name), \(value), true)"
      statement = statement.map { "\($0), \(setting)" } ?? "select \(setting)"
    }
    return statement
  }
}
