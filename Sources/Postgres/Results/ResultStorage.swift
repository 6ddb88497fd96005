import CLibpq

/// Owns one of libpq's results.
///
/// `@unchecked Sendable` is safe: libpq never changes a result once it has handed it out, and reading one needs no
/// connection.
final class ResultStorage: @unchecked Sendable {
  let pointer: OpaquePointer
  let rows: Int
  let columns: Int

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
    rows = Int(PQntuples(pointer))
    columns = Int(PQnfields(pointer))
  }

  deinit {
    PQclear(pointer)
  }

  var status: ExecStatusType { PQresultStatus(pointer) }

  /// The command's tag, as `INSERT 0 1`.
  var tag: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

  /// How many rows the command touched or returned; zero for commands that touch none.
  var affected: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }

  func name(ofColumn column: Int) -> String {
    PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? "\(column)"
  }

  func type(ofColumn column: Int) -> PostgresType {
    PostgresType(rawValue: PQftype(pointer, Int32(column)))
  }

  func isBinary(column: Int) -> Bool { PQfformat(pointer, Int32(column)) == PostgresFormat.binary.rawValue }

  func firstColumn(named name: String) -> Int? {
    (0..<columns).first { column in
      guard let found = PQfname(pointer, Int32(column)) else { return false }
      return String(cString: found) == name
    }
  }

  func isNull(row: Int, column: Int) -> Bool {
    PQgetisnull(pointer, Int32(row), Int32(column)) != 0
  }

  func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: PQgetvalue(pointer, Int32(row), Int32(column)),
      count: Int(PQgetlength(pointer, Int32(row), Int32(column))))
  }
}
