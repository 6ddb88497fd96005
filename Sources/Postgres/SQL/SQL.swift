/// A statement and the values that are bound to its parameters.
///
/// An interpolated value becomes a parameter (`$1`, `$2`, …) and never part of the text:
/// ```swift
/// let statement: SQL = "select name from groups where id = \(id) and state = any(\(states))"
/// ```
/// A piece of SQL may be interpolated into another; its parameters are numbered anew.
public struct SQL: Sendable {
  struct Parameter: Sendable {
    let type: PostgresType
    let format: PostgresFormat
    /// Where the value's bytes are in `values`; nil is NULL.
    let bytes: Range<Int>?
    /// Where `$n` begins in the text, in UTF-8, so that it can be numbered anew.
    let placeholder: Int
  }

  /// The text with placeholders for the values.
  public private(set) var text: String
  private(set) var parameters: [Parameter] = []
  private(set) var values = PostgresBuffer()
  /// Whether the text may hold several statements, which only the simple protocol takes.
  public let isScript: Bool

  /// The text of a file: any number of statements, run as one transaction unless they say otherwise.
  ///
  /// It takes no parameters, so nothing from outside may be spliced into it. Its rows come in text format and can be
  /// read only as `String`.
  public init(verbatim text: String) {
    self.text = text
    isScript = true
  }

  init(constant text: String) {
    self.text = text
    isScript = false
  }

  /// How many values are bound.
  public var parameterCount: Int { parameters.count }
}

extension SQL {
  mutating func reserve(text length: Int, values count: Int) {
    text.reserveCapacity(length)
    guard count > 0 else { return }
    parameters.reserveCapacity(count)
    values.reserveCapacity(count * 16)
  }

  /// Whether the text has a zero byte in it, at which libpq would take it to end.
  var hasZero: Bool {
    text.utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? text.utf8.contains(0)
  }

  mutating func append(text more: String) {
    text += more
  }

  mutating func bind<Value: PostgresEncodable>(_ value: Value) {
    let placeholder = text.utf8.count
    text += "$\(parameters.count + 1)"
    guard !value.isPostgresNull else {
      let parameter = Parameter(type: Value.postgresType, format: .binary, bytes: nil, placeholder: placeholder)
      return parameters.append(parameter)
    }
    let start = values.count
    value.encode(into: &values)
    let bytes = start..<values.count
    var (type, format) = (Value.postgresType, Value.postgresFormat)
    if format == .text {
      // libpq finds the end of a parameter in text format by its zero byte. A value that has one inside goes as binary,
      // where its length counts, and the server refuses it by name instead of getting half of it.
      if values.contains(zeroFrom: start) { (type, format) = (.text, .binary) }
      values.write(0 as UInt8)
    }
    parameters.append(Parameter(type: type, format: format, bytes: bytes, placeholder: placeholder))
  }

  mutating func append(_ other: SQL) {
    let source = Array(other.text.utf8)
    let shift = values.count
    var copied = 0
    for (index, parameter) in other.parameters.enumerated() {
      text += String(decoding: source[copied..<parameter.placeholder], as: UTF8.self)
      copied = parameter.placeholder + 1 + String(index + 1).utf8.count
      let bytes = parameter.bytes.map { $0.lowerBound + shift..<$0.upperBound + shift }
      let placeholder = text.utf8.count
      text += "$\(parameters.count + 1)"
      parameters.append(
        Parameter(type: parameter.type, format: parameter.format, bytes: bytes, placeholder: placeholder))
    }
    text += String(decoding: source[copied...], as: UTF8.self)
    values.write(bytes: other.values.bytes)
  }
}

extension SQL: ExpressibleByStringInterpolation {
  /// A statement without parameters.
  public init(stringLiteral text: String) {
    self.init(constant: text)
  }

  /// A statement with the parameters that were interpolated.
  public init(stringInterpolation: StringInterpolation) {
    self = stringInterpolation.sql
  }

  /// Collects a literal's text and values.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var sql = SQL(constant: "")

    /// An empty statement.
    public init(literalCapacity: Int, interpolationCount: Int) {
      sql.reserve(text: literalCapacity + 3 * interpolationCount, values: interpolationCount)
    }

    /// Appends text of the literal.
    public mutating func appendLiteral(_ literal: String) {
      sql.append(text: literal)
    }

    /// Binds a value to the next parameter.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
      sql.bind(value)
    }

    /// Binds a value that may be missing, which is NULL.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      sql.bind(value)
    }

    /// Splices a piece of SQL with its parameters.
    public mutating func appendInterpolation(_ piece: SQL) {
      sql.append(piece)
    }

    /// Splices a name, quoted.
    public mutating func appendInterpolation(identifier: String) {
      sql.append(text: SQL.quoted(identifier: identifier))
    }

    /// Splices a text literal, quoted: for statements that take no parameters, such as `COMMENT`, `SET` and `CREATE ROLE`.
    public mutating func appendInterpolation(literal: String) {
      sql.append(text: SQL.quoted(literal: literal))
    }
  }
}

extension SQL {
  /// A name as it stands in a statement, quoted.
  public static func quoted(identifier: String) -> String {
    "\"" + doubled("\"", in: identifier) + "\""
  }

  /// A text as it stands in a statement, quoted, whatever `standard_conforming_strings` says.
  public static func quoted(literal: String) -> String {
    let escape = literal.utf8.contains(UInt8(ascii: "\\"))
    return (escape ? " E'" : "'") + doubled("\\", in: doubled("'", in: literal)) + "'"
  }

  /// By scalars: a quote that a combining mark follows is another `Character`, but still a quote.
  private static func doubled(_ mark: Unicode.Scalar, in text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == mark { result.unicodeScalars.append(mark) }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}

extension SQL: CustomStringConvertible {
  /// The text. Values are left out, since they may be secrets.
  public var description: String { text }
}
