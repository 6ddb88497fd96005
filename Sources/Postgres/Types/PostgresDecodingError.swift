/// A column's value could not be read as the type that was asked for.
public struct PostgresDecodingError: Error, Sendable, Hashable {
  /// What was wrong with the value.
  public enum Problem: Error, Sendable, Hashable {
    /// The value is NULL and the type is not optional.
    case null
    /// The column's type is not one that this Swift type reads.
    case mismatch
    /// The value lies outside the range of the Swift type.
    case outOfRange(String)
    /// The type has no case or value of this raw value.
    case unknownValue(String)
    /// The bytes are not what the server's type promises.
    case malformed(String)
    /// The server's type has values that Swift's cannot hold, and this is one.
    case unsupported(String)
    /// The result has no such column.
    case noSuchColumn
    /// The result has another number of columns than types were asked for.
    case columnCount(expected: Int, actual: Int)
  }

  /// What was wrong.
  public let problem: Problem
  /// The column's name, or its number, from zero, where it has none.
  public let column: String
  /// The row's number, from zero.
  public let row: Int
  /// The column's type.
  public let type: PostgresType
  /// The Swift type that was asked for.
  public let expected: String
}

extension PostgresDecodingError: CustomStringConvertible {
  /// What was wrong and where; values appear only where a value itself is the problem.
  public var description: String {
    let place = "column \(column) of row \(row)"
    return switch problem {
    case .null: "\(place) is NULL but \(expected) is not optional"
    case .mismatch: "\(place) has the type with OID \(type.rawValue), which cannot be read as \(expected)"
    case .outOfRange(let value): "\(place) is \(value), out of the range of \(expected)"
    case .unknownValue(let value): "\(place) is \(value), which is no \(expected)"
    case .malformed(let reason): "\(place) cannot be read as \(expected): \(reason)"
    case .unsupported(let reason): "\(place) has \(reason), which \(expected) cannot hold"
    case .noSuchColumn: "the result has no column \(column)"
    case .columnCount(let wanted, let actual): "the result has \(actual) columns, but \(wanted) were asked for"
    }
  }
}
