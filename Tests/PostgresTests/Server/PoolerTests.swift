import Postgres
import Testing

/// Two brands whose work shares one server connection behind PgBouncer.
@Suite(.serialized) struct PoolerTests {
  private struct Brands: Sendable {
    let names = [uniqueName("brand_a"), uniqueName("brand_b")]

    func context(_ brand: Int) -> SQL {
      "select set_config('role', \(names[brand]), true), set_config('search_path', \(names[brand]), true)"
    }

    var script: String {
      names.map { name in
        """
        create role \(name) nologin; create schema \(name);
        create table \(name).goods (brand text not null); insert into \(name).goods values ('\(name)');
        grant usage on schema \(name) to \(name); grant select, insert on \(name).goods to \(name);
        """
      }.joined()
    }

    var removal: String {
      names.map { "drop schema \($0) cascade; drop role \($0);" }.joined()
    }
  }

  private func withBrands(
    _ change: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresPool, Brands) async throws -> Void
  ) async throws {
    let server = try await PrivateServer.shared.value
    let pooler = try await PrivatePooler(before: server)
    let brands = Brands()
    try await withConnection { try await $0.query(SQL(verbatim: brands.script)) }
    let pool = try PostgresPool(pooler.configuration(change), logger: .silent)
    try await body(pool, brands)
    await pool.close()
    try await pooler.stop()
    try await withConnection { try await $0.query(SQL(verbatim: brands.removal)) }
  }

  @Test func brandsOnOneServerConnectionSeeTheirOwn() async throws {
    try await withBrands { pool, brands in
      try await withThrowingTaskGroup(of: (Int, [String], Int).self) { group in
        for number in 0..<200 {
          group.addTask {
            let brand = number % 2
            let read: SQL = "select brand, pg_backend_pid() from goods"
            if number % 3 == 0 {
              let rows = try await pool.read(read, context: [brands.context(brand)])
              return (brand, try rows.decode(String.self, Int.self).map(\.0), try rows[0].value(at: 1))
            }
            return try await pool.transaction(opening: [brands.context(brand)]) { transaction in
              if number % 7 == 0 {
                _ = try? await transaction.savepoint { try await $0.query("insert into goods values (null)") }
              }
              let rows = try await transaction.query(read)
              return (brand, try rows.decode(String.self, Int.self).map(\.0), try rows[0].value(at: 1))
            }
          }
        }
        var backends: Set<Int> = []
        for try await (brand, seen, backend) in group {
          #expect(seen == [brands.names[brand]])
          backends.insert(backend)
        }
        // One server connection, or the test would prove nothing.
        #expect(backends.count == 1)
      }
    }
  }

  /// The control: what is set for the session outlives its client's turn and is another client's.
  @Test func whatIsSetForTheSessionLeaks() async throws {
    try await withBrands { pool, brands in
      try await pool.lease { first in
        try await first.query("select set_config('search_path', \(brands.names[0]), false)")
        try await pool.lease { second in
          let seen = try await second.value("select brand from goods", as: String.self)
          #expect(seen == brands.names[0])
        }
      }
    }
  }

  @Test func withoutContextThereIsNothing() async throws {
    try await withBrands { pool, brands in
      _ = try await pool.read("select brand from goods", context: [brands.context(0)])
      let error = await #expect(throws: PostgresError.self) { try await pool.read("select brand from goods") }
      #expect(error?.sqlState == .undefinedTable)
    }
  }

  @Test func limitsHoldInEveryTransaction() async throws {
    try await withBrands {
      $0.timeouts.statement = .milliseconds(1_500)
    } _: { pool, brands in
      let setting: SQL = "select current_setting('statement_timeout')"
      let read = try await pool.read(setting)[0].value(at: 0, as: String.self)
      let leased = try await pool.lease { try await $0.value(setting, as: String.self) }
      let inside = try await pool.transaction { try await $0.value(setting, as: String.self) }
      #expect([read, leased, inside] == ["1500ms", "1500ms", "1500ms"])
      let outside = try await withConnection { try await $0.value(setting, as: String.self) }
      #expect(outside == "0")
    }
  }

  @Test func cancelsAndCopiesThroughThePooler() async throws {
    try await withBrands { pool, brands in
      let task = Task { try await pool.lease { try await $0.query("select pg_sleep(600)") } }
      try await withConnection { observer in
        try await eventually("it sleeps") {
          try await observer.value(
            "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep(600)%'",
            as: Int.self) == 1
        }
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let copied = try await pool.transaction(opening: [brands.context(1)]) { transaction in
        try await transaction.copyIn("copy goods from stdin") { try await $0.write(row: "copied") }
      }
      #expect(copied == 1)
      let rows = try await pool.read("select brand from goods", context: [brands.context(1)])
      #expect(rows.count == 2)
      await #expect(throws: PostgresError.self) { try await pool.listen("x").first { _ in true } }
    }
  }
}
