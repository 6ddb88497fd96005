import Postgres
import Testing

@Suite struct QueryTests {
  @Test func readsRowsByTypeAndName() async throws {
    try await withConnection { connection in
      let name = "暖群"
      let result = try await connection.query("select \(name)::text as name, \(42) as number, \(true)")
      #expect(try result[0].decode(String.self, Int.self, Bool.self) == (name, 42, true))
      #expect(try result[0].value("number", as: Int.self) == 42)
      #expect(result.columnNames == ["name", "number", "?column?"])
    }
  }

  @Test func runsSeveralStatementsAsOneTransaction() async throws {
    try await withConnection { connection in
      try await connection.query("create temporary table t (id int primary key)")
      let results = try await connection.query(["insert into t values (1), (2)", "select count(*) from t"])
      #expect(results[0].affected == 2)
      #expect(try results[1][0].value(at: 0, as: Int.self) == 2)
      await #expect(throws: PostgresError.self) {
        try await connection.query(["insert into t values (3)", "insert into t values (1)"])
      }
      let count = try await connection.query("select count(*) from t")
      #expect(try count[0].value(at: 0, as: Int.self) == 2)
    }
  }

  @Test func reportsWhatTheServerSays() async throws {
    try await withConnection { connection in
      try await connection.query("create temporary table person (id int primary key, name text not null)")
      try await connection.query("insert into person values (1, 'a')")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.query("insert into person values (\(1), \("b"))")
      }
      let server = try #require(error?.serverError)
      #expect(server.sqlState == .uniqueViolation)
      #expect(server.constraint == "person_pkey")
      #expect(server.table == "person")
      #expect(server.statement == "insert into person values ($1, $2)")
      let missing = await #expect(throws: PostgresError.self) { try await connection.query("select nothing") }
      #expect(missing?.sqlState == .undefinedColumn)
      #expect(missing?.serverError?.position == 8)
    }
  }

  @Test func runsScripts() async throws {
    try await withConnection { connection in
      try await connection.query(
        SQL(verbatim: "create temporary table s (id int); insert into s values (1); insert into s values (2);"))
      let count = try await connection.query("select count(*) from s")
      #expect(try count[0].value(at: 0, as: Int.self) == 2)
      let text = try await connection.query(SQL(verbatim: "select 'a', 1"))
      let (letter, number) = try text[0].decode(String.self, String?.self)
      #expect(letter == "a")
      #expect(number == "1")
    }
  }

  @Test func readsDownSharedConnections() async throws {
    try await withPool { pool in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<200 {
          group.addTask {
            let context: SQL = "select set_config('search_path', \("s\(number)"), true)"
            let result = try await pool.read("select \(number), current_setting('search_path')", context: [context])
            let (echo, path) = try result[0].decode(Int.self, String.self)
            #expect(path == "s\(number)")
            return echo
          }
        }
        let sum = try await group.reduce(0, +)
        #expect(sum == 199 * 100)
      }
    }
  }

  @Test func transactionsCommitAndRollBack() async throws {
    try await withPool { pool in
      try await pool.lease { try await $0.query("create table if not exists moved (id int primary key)") }
      try await pool.transaction(opening: ["set local application_name = 'opened'"]) { transaction in
        let name = try await transaction.query("select current_setting('application_name')")
        #expect(try name[0].value(at: 0, as: String.self) == "opened")
        try await transaction.query("insert into moved values (1)")
      }
      struct Stop: Error {}
      await #expect(throws: Stop.self) {
        try await pool.transaction { transaction in
          try await transaction.query("insert into moved values (2)")
          throw Stop()
        }
      }
      let rows = try await pool.read("select id from moved")
      #expect(try rows.decode(Int.self) == [1])
    }
  }
}
