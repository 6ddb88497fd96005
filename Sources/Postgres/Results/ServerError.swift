import CLibpq

/// What the server said about a statement that it refused.
public struct ServerError: Error, Sendable, Hashable {
  /// The statement's text, without values. Nil where it belongs to none, as for a constraint checked at the end.
  public internal(set) var statement: String?

  /// Apart, so that an error is small to hand on and a statement's outcome small where there is none.
  private let fields: Fields

  private final class Fields: Sendable, Hashable {
    let values: [Field: String]
    let message: String

    init(values: [Field: String], message: String) {
      self.values = values
      self.message = message
    }

    static func == (left: Fields, right: Fields) -> Bool { left.values == right.values }
    func hash(into hasher: inout Hasher) { hasher.combine(values) }
  }

  /// The letters of the fields in the protocol; Swift does not see libpq's macros of character literals.
  private enum Field: Unicode.Scalar, CaseIterable {
    case code = "C"
    case severity = "V"
    case message = "M"
    case detail = "D"
    case hint = "H"
    case position = "P"
    case context = "W"
    case schema = "s"
    case table = "t"
    case column = "c"
    case dataType = "d"
    case constraint = "n"
    case routine = "R"
  }

  init(_ result: ResultStorage) {
    self.init(result.pointer)
  }

  /// From a result that may be gone when this returns.
  init(_ result: OpaquePointer) {
    var values: [Field: String] = [:]
    for field in Field.allCases {
      values[field] = PQresultErrorField(result, Int32(field.rawValue.value)).map { String(cString: $0) }
    }
    // A result that libpq itself made up has a message but no fields.
    let raw = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
    fields = Fields(values: values, message: values[.message] ?? raw.oneLine)
  }

  /// The kind of the error.
  public var sqlState: SQLState { SQLState(rawValue: fields.values[.code] ?? "") }
  /// `ERROR`, `FATAL` or `PANIC`, whatever the server's language.
  public var severity: String { fields.values[.severity] ?? "ERROR" }
  /// The sentence that says what is wrong.
  public var message: String { fields.message }
  /// More about it. It often quotes values of rows, so it belongs into no log.
  public var detail: String? { fields.values[.detail] }
  /// What to do about it.
  public var hint: String? { fields.values[.hint] }
  /// Where in the statement, in characters from 1.
  public var position: Int? { fields.values[.position].flatMap { Int($0) } }
  /// The call stack of functions on the server.
  public var context: String? { fields.values[.context] }
  /// The schema of the table or constraint.
  public var schema: String? { fields.values[.schema] }
  /// The table.
  public var table: String? { fields.values[.table] }
  /// The column.
  public var column: String? { fields.values[.column] }
  /// The data type.
  public var dataType: String? { fields.values[.dataType] }
  /// The constraint that does not hold.
  public var constraint: String? { fields.values[.constraint] }
  /// The function in the server's source that raised it.
  private var routine: String? { fields.values[.routine] }

  /// Whether the transaction may well succeed if it is run again.
  public var isTransient: Bool {
    sqlState == .serializationFailure || sqlState == .deadlockDetected || isStalePlan
  }

  /// A prepared statement's result has other columns since the schema or the search path changed.
  var isStalePlan: Bool { sqlState == "0A000" && routine == "RevalidateCachedQuery" }

  /// Whether the server has ended the session with this.
  var endsSession: Bool { severity == "FATAL" || severity == "PANIC" }
}

extension ServerError: CustomStringConvertible {
  /// The message with code and place; without `detail` and `statement`, so that it can be logged.
  public var description: String {
    var text = "\(message) (SQLSTATE \(sqlState)"
    let place = [schema, table, column].compactMap { $0 }.joined(separator: ".")
    if !place.isEmpty { text += ", at \(place)" }
    if let constraint { text += ", constraint \(constraint)" }
    if let position { text += ", position \(position)" }
    return text + ")"
  }
}

extension String {
  /// Without line ends: libpq ends its messages with one and joins several.
  var oneLine: String {
    split(whereSeparator: \.isNewline).joined(separator: "; ")
  }
}
