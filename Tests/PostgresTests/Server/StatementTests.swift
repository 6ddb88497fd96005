import Postgres
import Testing

@Suite struct StatementTests {
  @Test func preparesOnceAndKeepsToItsBound() async throws {
    try await withConnection { configuration in
      configuration.statementCacheLimit = 4
    } _: { connection in
      for round in 1...3 {
        for number in 1...12 {
          let value = try await connection.value(SQL(stringLiteral: "select \(number) + \(round)"), as: Int.self)
          #expect(value == number + round)
        }
      }
      // The last is told behind the statement that made it obsolete, so that one more round trip shows it.
      try await connection.query("show server_version")
      let kept = try await connection.value("select count(*) from pg_prepared_statements", as: Int.self)
      #expect((1...5).contains(kept))
      for id in 1...5 { try await connection.query("select \(id)::int8 * 2") }
      let uses = try await connection.value(
        "select (generic_plans + custom_plans)::int8 from pg_prepared_statements where statement = 'select $1::int8 * 2'",
        as: Int.self)
      #expect(uses == 5)
    }
  }

  @Test func aPreparationThatFailsIsForgotten() async throws {
    try await withConnection { connection in
      for _ in 0..<3 {
        let error = await #expect(throws: PostgresError.self) {
          try await connection.query("select count(*) from appears_later")
        }
        #expect(error?.sqlState == .undefinedTable)
      }
      try await connection.query("create temporary table appears_later ()")
      let count = try await connection.value("select count(*) from appears_later", as: Int.self)
      #expect(count == 0)
    }
  }

  @Test func aStatementBehindAFailureIsNotTakenForPrepared() async throws {
    try await withConnection { connection in
      await #expect(throws: PostgresError.self) {
        try await connection.query(["select 1 / 0", "select 'behind'"])
      }
      let text = try await connection.value("select 'behind'", as: String.self)
      #expect(text == "behind")
    }
  }

  @Test func aPlanOfAnotherShapeIsMadeAnew() async throws {
    try await withPool { pool in
      try await pool.lease { connection in
        try await connection.query("create temporary table shape (a int)")
        try await connection.query("insert into shape values (1)")
        try await connection.query("select * from shape")
        try await connection.query("alter table shape add column b int default 2")
        // The server cannot change what a prepared statement returns. Nothing was done, so that the transaction is run again.
        let row = try await connection.transaction { try await $0.query("select * from shape")[0] }
        let columns = try row.decode(Int.self, Int.self)
        #expect(columns == (1, 2))
      }
    }
  }

  @Test func unitsOfOneConnectionFailAlone() async throws {
    try await withConnection { connection in
      let outcomes = await withTaskGroup(of: (Int, String).self) { group in
        for number in 0..<60 {
          group.addTask {
            do {
              let value = try await connection.value("select 100 / \(number % 3)::int4", as: Int32.self)
              return (number, "\(value)")
            } catch {
              return (number, (error as? PostgresError)?.sqlState?.rawValue ?? "\(error)")
            }
          }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      for number in 0..<60 { #expect(outcomes[number] == ["22012", "100", "50"][number % 3]) }
    }
  }

  @Test func whatFailsAtTheEndOfAUnitFailsThatUnit() async throws {
    try await withConnection { connection in
      try await connection.query(
        SQL(verbatim: "create temporary table late (id int primary key deferrable initially deferred)"))
      try await connection.query("insert into late values (1)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.query("insert into late values (1)")
      }
      #expect(error?.sqlState == .uniqueViolation)
      #expect(error?.serverError?.constraint == "late_pkey")
      let count = try await connection.value("select count(*) from late", as: Int.self)
      #expect(count == 1)
    }
  }

  @Test func readsFailAlone() async throws {
    try await withPool { pool in
      let failures = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<90 {
          group.addTask {
            do {
              let result = try await pool.read("select 1 / \(number % 2)::int4 + \(number)::int4")
              return try result[0].value(at: 0, as: Int.self) != number + 1
            } catch {
              return (error as? PostgresError)?.sqlState != "22012" || number % 2 == 1
            }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(failures == 0)
    }
  }

  @Test func refusesWhatCannotBeSent() async throws {
    try await withConnection { connection in
      await #expect(throws: PostgresError.self) { try await connection.query(SQL(stringLiteral: "select 'a\0b'")) }
      await #expect(throws: PostgresError.self) { try await connection.query(["select 1", SQL(verbatim: "select 2")]) }
      var text = SQL.StringInterpolation(literalCapacity: 0, interpolationCount: 0)
      text.appendLiteral("select array[")
      for number in 0..<65_536 {
        text.appendInterpolation(number)
        text.appendLiteral(number == 65_535 ? "]" : ", ")
      }
      let many = SQL(stringInterpolation: text)
      await #expect(throws: PostgresError.self) { try await connection.query(many) }
      let fits = try await connection.value("select 1::int8", as: Int.self)
      #expect(fits == 1)
      await #expect(throws: PostgresError.self) { try await connection.query("copy (select 1) to stdout") }
      #expect(await connection.isOpen == false)
    }
  }
}
