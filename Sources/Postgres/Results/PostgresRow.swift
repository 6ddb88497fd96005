/// One row of a result.
public struct PostgresRow: Sendable {
  let storage: ResultStorage
  let number: Int

  /// How many columns the row has.
  public var columnCount: Int { storage.columns }

  /// All columns in their order.
  ///
  /// - Throws: if a value cannot be read as its type, or if the row has another number of columns.
  public func decode<each Value: PostgresDecodable>(
    _ types: repeat (each Value).Type
  ) throws(PostgresDecodingError) -> (repeat each Value) {
    var wanted = 0
    for _ in repeat (each Value).self { wanted += 1 }
    guard wanted == storage.columns else {
      throw error(.columnCount(expected: wanted, actual: storage.columns), column: 0, as: PostgresRow.self)
    }
    var column = 0
    func next<Next: PostgresDecodable>(_ type: Next.Type) throws(PostgresDecodingError) -> Next {
      defer { column += 1 }
      return try value(at: column, as: type)
    }
    return (repeat try next((each Value).self))
  }

  /// The value of the first column of that name.
  ///
  /// - Throws: if there is no such column, or its value cannot be read as the type.
  public func value<Value: PostgresDecodable>(
    _ column: String, as type: Value.Type = Value.self
  ) throws(PostgresDecodingError) -> Value {
    guard let position = storage.firstColumn(named: column) else {
      throw PostgresDecodingError(
        problem: .noSuchColumn, column: column, row: number, type: .unspecified, expected: "\(type)")
    }
    return try value(at: position, as: type)
  }

  /// The value of a column by its position, from zero.
  ///
  /// - Throws: if there is no such column, or its value cannot be read as the type.
  public func value<Value: PostgresDecodable>(
    at column: Int, as type: Value.Type = Value.self
  ) throws(PostgresDecodingError) -> Value {
    guard column >= 0, column < storage.columns else { throw error(.noSuchColumn, column: column, as: type) }
    do throws(PostgresDecodingError.Problem) {
      if storage.isNull(row: number, column: column) { return try Value.decodeNull() }
      // A script's rows come as text, which only text can be read from.
      let isText = !storage.isBinary(column: column)
      guard !isText || Value.self is any TextDecodable.Type else { throw .mismatch }
      let columnType = isText ? .text : storage.type(ofColumn: column)
      // The bytes live as long as the storage, which this row holds.
      defer { withExtendedLifetime(storage) {} }
      return try Value.decode(storage.bytes(row: number, column: column).bytes, from: columnType)
    } catch {
      throw self.error(error, column: column, as: type)
    }
  }

  private func error<Value>(
    _ problem: PostgresDecodingError.Problem, column: Int, as type: Value.Type
  ) -> PostgresDecodingError {
    let exists = column < storage.columns
    return PostgresDecodingError(
      problem: problem, column: exists ? storage.name(ofColumn: column) : "\(column)", row: number,
      type: exists ? storage.type(ofColumn: column) : .unspecified, expected: "\(type)")
  }
}

/// What can be read from a value in text format.
private protocol TextDecodable {}
extension String: TextDecodable {}
extension Optional: TextDecodable where Wrapped == String {}
