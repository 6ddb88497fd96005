import Foundation
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// One schema and its files, on a real server.
@Suite struct SchemaMigratorTests {
  private func migrator(_ files: MigrationFiles, _ pool: PostgresPool) throws -> SchemaMigrator {
    SchemaMigrator(
      pool: pool, schema: "shop", folder: try MigrationFolder(.brand, in: files.folder),
      variables: [("nuanqun.brand_role", "somebody")])
  }

  @Test func eachFileIsAppliedOnceInItsSchema() async throws {
    try await withEmptyDatabase { pool in
      try await withMigrationFiles { files in
        try files.write("0001_a", "create table goods (name text); insert into goods values ('茶')")
        try files.write("0002_b", "insert into goods select current_setting('nuanqun.brand_role')")
        #expect(try await migrator(files, pool).migrate() == ["0001_a", "0002_b"])
        #expect(try await migrator(files, pool).migrate() == [])
        try files.write("0003_c", "alter table goods add column price int")
        #expect(try await migrator(files, pool).pending().map(\.name) == ["0003_c"])
        #expect(try await migrator(files, pool).migrate() == ["0003_c"])
        #expect(try await pool.read("select name from shop.goods").texts() == ["茶", "somebody"])
      }
    }
  }

  @Test func aFileThatFailsHalfWayLeavesTheSchemaAsItWas() async throws {
    try await withEmptyDatabase { pool in
      try await withMigrationFiles { files in
        try files.write("0001_a", "create table goods (name text); insert into goods values ('茶')")
        #expect(try await migrator(files, pool).migrate() == ["0001_a"])
        let before = try await pool.outline()
        try files.write("0002_b", "create table orders (id int)")
        try files.write(
          "0003_c",
          "alter table goods add column price int; delete from goods; create table half (id int); select 1 / 0; "
            + "create table whole (id int)")
        try files.write("0004_d", "create table later (id int)")
        let error = await #expect(throws: MigrationError.self) { try await migrator(files, pool).migrate() }
        guard case .failed("shop", "0003_c", let reason) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(reason.contains("22012"))
        // What came before the failing file stays, of the file itself nothing does, and what follows it is not tried.
        #expect(try await pool.outline() == (before + ["shop.orders.id integer"]).sorted())
        #expect(try await pool.read("select name from shop.goods").texts() == ["茶"])
        #expect(try await migrator(files, pool).pending().map(\.name) == ["0003_c", "0004_d"])

        try files.write("0003_c", "alter table goods add column price int; create table whole (id int)")
        #expect(try await migrator(files, pool).migrate() == ["0003_c", "0004_d"])
        #expect(try await pool.outline().contains("shop.whole.id integer"))
      }
    }
  }

  @Test func anAppliedFileMustStayAsItWas() async throws {
    try await withEmptyDatabase { pool in
      try await withMigrationFiles { files in
        try files.write("0001_a", "create table goods (name text)")
        _ = try await migrator(files, pool).migrate()
        let before = try await pool.outline()
        try files.write("0001_a", "create table goods (name text, price int)")
        try files.write("0002_b", "create table orders (id int)")
        await #expect(throws: MigrationError.changed(schema: "shop", name: "0001_a")) {
          try await migrator(files, pool).migrate()
        }
        try files.delete("0001_a")
        await #expect(throws: MigrationError.unknown(schema: "shop", name: "0001_a")) {
          try await migrator(files, pool).migrate()
        }
        #expect(try await pool.outline() == before)
      }
    }
  }

  @Test func twoAtOnceApplyEachFileOnce() async throws {
    try await withEmptyDatabase { pool in
      try await withMigrationFiles { files in
        let names = (1...6).map { "000\($0)_step" }
        // The first file waits a little, so that all are at it together.
        try files.write(names[0], "create table steps (name text); select pg_sleep(0.2)")
        for name in names.dropFirst() { try files.write(name, "insert into steps values ('\(name)')") }
        let migrator = try migrator(files, pool)
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
          for _ in 1...4 { group.addTask { try await migrator.migrate() } }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == names)
        #expect(try await pool.read("select name from shop.steps order by name").texts() == Array(names.dropFirst()))
        #expect(try await pool.read("select name from shop.migrations order by name").texts() == names)
      }
    }
  }

  @Test func aTableThatIsInUseFailsTheFileInsteadOfHoldingUpReaders() async throws {
    try await withEmptyDatabase { pool in
      try await withMigrationFiles { files in
        try files.write("0001_a", "create table goods (name text)")
        _ = try await migrator(files, pool).migrate()
        try files.write("0002_b", "set local lock_timeout = '50ms'; alter table goods add column price int")
        let migrator = try migrator(files, pool)
        try await pool.transaction { transaction in
          try await transaction.query("select from shop.goods")
          let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
          #expect(error?.description.contains("55P03") == true)
        }
        #expect(try await migrator.migrate() == ["0002_b"])
      }
    }
  }
}
