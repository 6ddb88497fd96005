/// The rows that a statement returned. They stay where libpq has put them and are decoded when asked for.
public struct PostgresResult: RandomAccessCollection, Sendable {
  let storage: ResultStorage

  init(_ storage: ResultStorage) {
    self.storage = storage
  }

  /// Zero.
  public var startIndex: Int { 0 }

  /// The number of rows.
  public var endIndex: Int { storage.rows }

  /// One row.
  public subscript(position: Int) -> PostgresRow {
    precondition(indices.contains(position), "row \(position) of \(count)")
    return PostgresRow(storage: storage, number: position)
  }

  /// How many rows the statement inserted, changed, deleted, copied or returned; zero for one that touches none.
  public var affected: Int { storage.affected }

  /// The names of the columns.
  public var columnNames: [String] { (0..<storage.columns).map(storage.name(ofColumn:)) }

  /// The only column of every row.
  ///
  /// - Throws: as soon as one value cannot be read as its type, or if there are more columns.
  public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresDecodingError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for row in self { values.append(try row.decode(type)) }
    return values
  }

  /// Every row, decoded column by column.
  ///
  /// - Throws: as soon as one value cannot be read as its type, or if the number of columns is another.
  public func decode<each Value: PostgresDecodable>(
    _ types: repeat (each Value).Type
  ) throws(PostgresDecodingError) -> [(repeat each Value)] {
    var rows: [(repeat each Value)] = []
    rows.reserveCapacity(count)
    for row in self { rows.append(try row.decode(repeat each types)) }
    return rows
  }
}
