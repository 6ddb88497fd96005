/// How a transaction runs.
public struct TransactionOptions: Sendable, Hashable {
  /// What concurrent transactions may see of each other.
  public enum Isolation: String, Sendable, Hashable {
    /// Every statement sees what was committed before it began. The server's default.
    case readCommitted = "read committed"
    /// Every statement sees what was committed before the first one.
    case repeatableRead = "repeatable read"
    /// As if transactions ran one after the other.
    case serializable = "serializable"
  }

  /// What concurrent transactions may see of each other; nil leaves the server's default.
  public var isolation: Isolation?
  /// Whether writes are refused.
  public var readOnly = false
  /// Whether a serializable read-only transaction waits for a snapshot that cannot fail later.
  public var deferrable = false
  /// Limits for the statements of this transaction.
  public var timeouts = StatementTimeouts()
  /// How often the body is run again after a serialization failure or a deadlock. It must have no effect outside the
  /// transaction for this to be safe.
  public var retries = 3

  /// Options; what is left out is as the server has it.
  public init(
    isolation: Isolation? = nil, readOnly: Bool = false, deferrable: Bool = false,
    timeouts: StatementTimeouts = .init(), retries: Int = 3
  ) {
    self.isolation = isolation
    self.readOnly = readOnly
    self.deferrable = deferrable
    self.timeouts = timeouts
    self.retries = retries
  }

  /// The statement that begins it.
  var begin: SQL {
    var text = "begin"
    if let isolation { text += " isolation level \(isolation.rawValue)" }
    if readOnly { text += " read only" }
    if deferrable { text += " deferrable" }
    return SQL(constant: text)
  }
}
