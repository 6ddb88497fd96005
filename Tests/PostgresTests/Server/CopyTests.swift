import Foundation
import Postgres
import Testing

@Suite struct CopyTests {
  private struct Stop: Error {}

  private struct Row: Equatable, Sendable {
    var id: Int
    var text: String?
    var flag: Bool
    var at: Date
    var day: PostgresDate
    var amount: Decimal
    var ratio: Double
    var key: UUID
    var document: Data
  }

  private static let table = """
    create temporary table rows (id int8, text text, flag bool, at timestamptz, day date, amount numeric, ratio float8,
      key uuid, document bytea)
    """

  @Test func typedRowsArriveAsTheyWere() async throws {
    var random = SeededRandom()
    let rows = (0..<3_000).map { id in
      Row(
        id: id, text: Bool.random(using: &random) ? random.text() : nil, flag: Bool.random(using: &random),
        at: Date(
          timeIntervalSinceReferenceDate: Double(Int.random(in: -5_000_000_000...5_000_000_000, using: &random))),
        day: PostgresDate(year: .random(in: -4_000...9_000, using: &random), month: 2, day: 28)!,
        amount: Decimal(Int.random(in: -1_000_000...1_000_000, using: &random)) / 100,
        ratio: Double(bitPattern: random.next() & 0x7FDF_FFFF_FFFF_FFFF),
        key: UUID(), document: Data(random.bytes()))
    }
    try await withConnection { connection in
      try await connection.query(SQL(verbatim: Self.table))
      let count = try await connection.copyIn("copy rows from stdin") { writer in
        for row in rows {
          try await writer.write(
            row: row.id, row.text, row.flag, row.at, row.day, row.amount, row.ratio, row.key, row.document)
        }
      }
      #expect(count == rows.count)
      let result = try await connection.query("select * from rows order by id")
      let read = try result.decode(
        Int.self, String?.self, Bool.self, Date.self, PostgresDate.self, Decimal.self, Double.self, UUID.self, Data.self
      ).map {
        Row(id: $0.0, text: $0.1, flag: $0.2, at: $0.3, day: $0.4, amount: $0.5, ratio: $0.6, key: $0.7, document: $0.8)
      }
      #expect(read == rows)
    }
  }

  @Test func bytesGoInAndComeOutInPieces() async throws {
    try await withConnection { connection in
      try await connection.query("create temporary table words (id int, word text)")
      let lines = (0..<50_000).map { "\($0),word \($0)\n" }.joined()
      let bytes = Array(lines.utf8)
      // Pieces that end anywhere.
      let pieces = AsyncStream<[UInt8]> { stream in
        for start in stride(from: 0, to: bytes.count, by: 10_007) {
          stream.yield(Array(bytes[start..<min(start + 10_007, bytes.count)]))
        }
        stream.finish()
      }
      let count = try await connection.copyIn("copy words from stdin (format csv)", from: pieces)
      #expect(count == 50_000)
      let out = try await connection.copyOut("copy (select * from words order by id) to stdout (format csv)") { out in
        var all: [UInt8] = []
        for try await piece in out {
          #expect(piece.last == UInt8(ascii: "\n"))
          all += piece
        }
        return all
      }
      #expect(out == bytes)
      let after = try await connection.value("select count(*) from words", as: Int.self)
      #expect(after == 50_000)
    }
  }

  @Test func aBodyThatThrowsCopiesNothing() async throws {
    try await withConnection { connection in
      try await connection.query("create temporary table t (id int)")
      await #expect(throws: Stop.self) {
        try await connection.copyIn("copy t from stdin") { writer in
          for number in 0..<30_000 { try await writer.write(row: number) }
          throw Stop()
        }
      }
      let count = try await connection.value("select count(*) from t", as: Int.self)
      #expect(count == 0)
    }
  }

  @Test func aRowThatTheServerRefusesEndsIt() async throws {
    try await withConnection { connection in
      try await connection.query("create temporary table t (id int primary key)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyIn("copy t from stdin") { writer in
          for _ in 0..<200_000 { try await writer.write(row: 1) }
        }
      }
      #expect(error?.sqlState == .uniqueViolation)
      #expect(error?.serverError?.constraint == "t_pkey")
      let late = await #expect(throws: PostgresError.self) {
        try await connection.copyIn("copy t from stdin") { try await $0.write(Array("x\n".utf8)) }
      }
      #expect(late?.sqlState == .invalidTextRepresentation)
      let missing = await #expect(throws: PostgresError.self) {
        try await connection.copyIn("copy nowhere from stdin") { _ in }
      }
      #expect(missing?.sqlState == .undefinedTable)
      let count = try await connection.value("select count(*) from t", as: Int.self)
      #expect(count == 0)
    }
  }

  @Test func belongsToItsTransaction() async throws {
    try await withPool { pool in
      let name = uniqueName("copied")
      try await pool.lease { try await $0.query("create table \(identifier: name) (id int)") }
      await #expect(throws: Stop.self) {
        try await pool.transaction { transaction in
          try await transaction.copyIn("copy \(identifier: name) from stdin") { try await $0.write(row: 1) }
          let inside = try await transaction.value("select count(*) from \(identifier: name)", as: Int.self)
          #expect(inside == 1)
          throw Stop()
        }
      }
      try await pool.transaction { transaction in
        try await transaction.copyIn("copy \(identifier: name) from stdin") { try await $0.write(row: 2) }
      }
      let ids = try await pool.read("select id from \(identifier: name)").decode(Int.self)
      #expect(ids == [2])
      try await pool.lease { try await $0.query("drop table \(identifier: name)") }
    }
  }

  @Test func whatIsNotReadIsCancelled() async throws {
    try await withConnection { connection in
      let first = try await connection.copyOut("copy (select generate_series(1, 100000000)) to stdout") { out in
        for try await piece in out { return piece.count }
        return 0
      }
      #expect(first > 0)
      let none = try await connection.copyOut("copy (select generate_series(1, 100000000)) to stdout") { _ in 5 }
      #expect(none == 5)
      let value = try await connection.value("select 1::int8", as: Int.self)
      #expect(value == 1)
    }
  }

  @Test func cancelsWhileItWaits() async throws {
    try await withConnection { connection in
      let backend = await connection.backend
      let task = Task {
        try await connection.copyOut("copy (select pg_sleep(600)) to stdout") { out in
          for try await _ in out {}
        }
      }
      try await withConnection { try await $0.waitUntilRunning(backend, "pg_sleep") }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let value = try await connection.value("select 1::int8", as: Int.self)
      #expect(value == 1)
    }
  }

  @Test func aServerErrorInTheMiddleIsTold() async throws {
    try await withConnection { connection in
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyOut("copy (select 1 / (50000 - n) from generate_series(1, 60000) n) to stdout") {
          out in
          for try await _ in out {}
        }
      }
      #expect(error?.sqlState == "22012")
      let value = try await connection.value("select 1::int8", as: Int.self)
      #expect(value == 1)
    }
  }

  @Test func misuseIsRefusedAndHarmless() async throws {
    try await withConnection { connection in
      try await connection.query("create temporary table t (id int)")
      await #expect(throws: PostgresError.self) { try await connection.copyIn("select 1") { _ in } }
      await #expect(throws: PostgresError.self) {
        try await connection.copyIn("copy t from stdin") { _ in try await connection.query("select 1") }
      }
      await #expect(throws: PostgresError.self) {
        try await connection.copyIn("copy t from stdin") { _ in
          try await connection.copyIn("copy t from stdin") { _ in }
        }
      }
      let value = try await connection.value("select 1::int8", as: Int.self)
      #expect(value == 1)
      await #expect(throws: PostgresError.self) { try await connection.copyOut("copy t from stdin") { _ in } }
      // What was begun in the wrong direction cannot be ended in good order.
      #expect(await connection.isOpen == false)
    }
  }
}
