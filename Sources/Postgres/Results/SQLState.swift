/// The five characters by which the server classifies an error.
public struct SQLState: RawRepresentable, Hashable, Sendable {
  /// The code, as `23505`.
  public let rawValue: String

  /// A code.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The first two characters, shared by errors of one kind.
  public var errorClass: Substring { rawValue.prefix(2) }

  /// A value is not what its type allows.
  public static let invalidTextRepresentation = SQLState(rawValue: "22P02")
  /// Text that is not valid in the database's encoding.
  public static let characterNotInRepertoire = SQLState(rawValue: "22021")
  /// A column that must have a value got none.
  public static let notNullViolation = SQLState(rawValue: "23502")
  /// A row points to one that does not exist, or is pointed to.
  public static let foreignKeyViolation = SQLState(rawValue: "23503")
  /// A row with this key exists.
  public static let uniqueViolation = SQLState(rawValue: "23505")
  /// A row breaks a CHECK.
  public static let checkViolation = SQLState(rawValue: "23514")
  /// Rows overlap where an exclusion constraint forbids it.
  public static let exclusionViolation = SQLState(rawValue: "23P01")
  /// A write in a read-only transaction.
  public static let readOnlyTransaction = SQLState(rawValue: "25006")
  /// A statement after a failed one in the same transaction.
  public static let inFailedTransaction = SQLState(rawValue: "25P02")
  /// A prepared statement that the server does not know.
  public static let invalidStatementName = SQLState(rawValue: "26000")
  /// Concurrent transactions could not be put in an order.
  public static let serializationFailure = SQLState(rawValue: "40001")
  /// Transactions waited for each other.
  public static let deadlockDetected = SQLState(rawValue: "40P01")
  /// The role may not do this.
  public static let insufficientPrivilege = SQLState(rawValue: "42501")
  /// A mistake in the text of the statement.
  public static let syntaxError = SQLState(rawValue: "42601")
  /// No such table.
  public static let undefinedTable = SQLState(rawValue: "42P01")
  /// No such column.
  public static let undefinedColumn = SQLState(rawValue: "42703")
  /// The type of a parameter cannot be inferred; a cast says it.
  public static let indeterminateDatatype = SQLState(rawValue: "42P18")
  /// The server has no connection left.
  public static let tooManyConnections = SQLState(rawValue: "53300")
  /// A lock was not free, and the statement would not wait (any longer).
  public static let lockNotAvailable = SQLState(rawValue: "55P03")
  /// Cancelled, by a request or by `statement_timeout`.
  public static let queryCanceled = SQLState(rawValue: "57014")
  /// An administrator or a restart ended the session.
  public static let adminShutdown = SQLState(rawValue: "57P01")
  /// Another process of the server crashed.
  public static let crashShutdown = SQLState(rawValue: "57P02")
  /// The server is starting up or shutting down.
  public static let cannotConnectNow = SQLState(rawValue: "57P03")
  /// Raised by a function's own RAISE.
  public static let raiseException = SQLState(rawValue: "P0001")
}

extension SQLState: ExpressibleByStringLiteral, CustomStringConvertible {
  /// A code.
  public init(stringLiteral code: String) {
    self.init(rawValue: code)
  }

  /// The code.
  public var description: String { rawValue }
}
