import Foundation
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// A brand transaction and a short read see one brand's data and nobody else's.
@Suite struct BrandDoorTests {
  @Test func worksAsTheBrandInItsSchema() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let question: SQL = "select current_user::text, current_schema()::text, session_user::text"
      let inside = try await deployment.tenancy.transaction(of: brand) { try await $0.query(question) }
      let read = try await deployment.tenancy.read(of: brand, question)
      for result in [inside, read] {
        let (user, schema, login) = try #require(result.decode(String.self, String.self, String.self).first)
        #expect(user == brand.role)
        #expect(schema == brand.schema)
        #expect(login == TestDeployment.login)
      }
    }
  }

  /// The simple protocol takes several statements in one text; a table of the session outlives the transaction.
  @Test func takesNoScriptsAndKeepsNoTables() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      await #expect(throws: PostgresError.self) {
        try await deployment.tenancy.transaction(of: brand) { try await $0.query(SQL(verbatim: "select 1; select 2")) }
      }
      await #expect(throws: PostgresError.self) {
        try await deployment.tenancy.transaction(of: brand) { try await $0.query([SQL(verbatim: "select 1")]) }
      }
      let table = try await refusal {
        try await deployment.tenancy.transaction(of: brand) { try await $0.query("create temporary table kept ()") }
      }
      #expect(table == .insufficientPrivilege)
    }
  }

  @Test func everyTableOfAnotherBrandIsClosed() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let (ours, theirs) = (brands[0], brands[1])
      let tables = try await deployment.asOwner(
        "select relname::text from pg_class where relnamespace = \(theirs.schema)::regnamespace and relkind in ('r', 'p')"
      ).texts()
      #expect(tables.contains("groups") && tables.contains("deliveries") && tables.contains("channels"))
      for table in tables {
        let foreign: SQL = "select from \(identifier: theirs.schema).\(identifier: table)"
        #expect(try await refusal { try await deployment.tenancy.read(of: ours, foreign) } == .insufficientPrivilege)
        let inside = try await refusal {
          try await deployment.tenancy.transaction(of: ours) { try await $0.query(foreign) }
        }
        #expect(inside == .insufficientPrivilege)
        // The control: in the brand's own schema the same statement passes, but for the migrations' ledger.
        let own: SQL = "select from \(identifier: ours.schema).\(identifier: table)"
        let refused = try await refusal { try await deployment.tenancy.read(of: ours, own) }
        #expect(refused == (table == "migrations" ? .insufficientPrivilege : nil), "\(table)")
      }
    }
  }

  @Test func nothingOfAnotherBrandCanBeChanged() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let (ours, theirs) = (brands[0], brands[1])
      let groups = SQL.quoted(identifier: theirs.schema) + ".groups"
      for text in [
        "update \(groups) set name = 'ours'", "delete from \(groups)", "truncate \(groups) cascade",
        "insert into \(groups) (id, name) values (gen_random_uuid(), 'ours')",
        "lock table \(groups)", "alter table \(groups) add column x int", "drop table \(groups) cascade",
      ] {
        let refused = try await refusal {
          try await deployment.tenancy.transaction(of: ours) { try await $0.query(SQL(stringLiteral: text)) }
        }
        #expect(refused == .insufficientPrivilege, "\(text)")
      }
      #expect(try await deployment.tenancy.read(of: theirs, "select name from groups").texts() == [theirs.slug])
    }
  }

  @Test func statisticsAndSessionsOfOthersAreHidden() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      for brand in brands { try await deployment.asOwner("analyze \(identifier: brand.schema).groups") }
      let statistics = SQL(stringLiteral: "select schemaname::text from pg_stats where tablename = 'groups'")
      for brand in brands {
        let seen = Set(try await deployment.tenancy.read(of: brand, statistics).texts())
        #expect(seen == [brand.schema])
        let others: SQL = """
          select count(*) from pg_stat_activity
          where usename = \(TestDeployment.login) and query not in ('<insufficient privilege>', '')
          """
        #expect(try await deployment.tenancy.read(of: brand, others).single(as: Int.self) == 0)
      }
    }
  }

  @Test func withoutABrandThereIsNoTable() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeMarkedBrands(1)[0]
      // Right after the brand's own work, on the only connection there is, so that a context left behind would show.
      let pool = try deployment.makePool { $0.limits.maximum = 1 }
      let tenancy = try deployment.makeTenancy(pool)
      for _ in 1...3 {
        _ = try await tenancy.transaction(of: brand) { try await $0.query("select name from groups") }
        _ = try await tenancy.read(of: brand, "select name from groups")
        #expect(try await refusal { try await pool.read("select name from groups") } == .undefinedTable)
        let leased = try await refusal { try await pool.lease { try await $0.query("select name from groups") } }
        #expect(leased == .undefinedTable)
        // The login holds no brand's rights: it must become the brand first.
        let named: SQL = "select name from \(identifier: brand.schema).groups"
        #expect(try await refusal { try await pool.read(named) } == .insufficientPrivilege)
      }
      await pool.close()
    }
  }

  @Test func aFailedTransactionLeavesNeitherDataNorContext() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let pool = try deployment.makePool { $0.limits.maximum = 1 }
      let tenancy = try deployment.makeTenancy(pool)
      struct Stop: Error {}
      await #expect(throws: Stop.self) {
        try await tenancy.transaction(of: brands[0]) { transaction in
          try await transaction.query("insert into groups (id, name) values (gen_random_uuid(), 'gone')")
          throw Stop()
        }
      }
      let without = try await refusal { try await pool.lease { try await $0.query("select from groups") } }
      #expect(without == .undefinedTable)
      for brand in brands {
        let names = try await tenancy.transaction(of: brand) { try await $0.query("select name from groups") }
        #expect(try names.texts() == [brand.slug])
      }
      await pool.close()
    }
  }

  @Test func whatIsToFollowACommitDoesNotFollowARollback() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      let (followed, done) = AsyncStream.makeStream(of: String.self)
      struct Stop: Error {}
      await #expect(throws: Stop.self) {
        try await deployment.tenancy.transaction(of: brand) { transaction in
          try await transaction.query("select from groups")
          transaction.afterCommit { done.yield("rolled back") }
          throw Stop()
        }
      }
      try await deployment.tenancy.transaction(of: brand) { transaction in
        try await transaction.query("select from groups")
        transaction.afterCommit { done.yield("committed") }
      }
      done.finish()
      #expect(await followed.reduce(into: []) { $0.append($1) } == ["committed"])
    }
  }
}
