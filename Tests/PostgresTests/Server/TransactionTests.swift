import Foundation
import NIOConcurrencyHelpers
import Postgres
import Testing

@Suite struct TransactionTests {
  private struct Stop: Error {}

  private func withTable<Value: Sendable>(
    _ body: (PostgresPool, SQL) async throws -> Value
  ) async throws -> Value {
    try await withPool { pool in
      let name = uniqueName("accounts")
      let table: SQL = "\(identifier: name)"
      try await pool.lease { try await $0.query("create table \(table) (id int primary key, amount int not null)") }
      try await pool.lease { try await $0.query("insert into \(table) values (1, 100), (2, 100)") }
      let value = try await body(pool, table)
      try await pool.lease { try await $0.query("drop table \(table)") }
      return value
    }
  }

  private func expectAmounts(_ expected: [Int], _ pool: PostgresPool, _ table: SQL) async throws {
    let amounts = try await pool.read("select amount from \(table) order by id").decode(Int.self)
    #expect(amounts == expected)
  }

  @Test func beginsWithTheFirstStatement() async throws {
    try await withPool { pool in
      try await pool.transaction(
        .init(isolation: .serializable, readOnly: true, timeouts: .init(statement: .seconds(7), lock: .seconds(3))),
        opening: ["select set_config('application_name', \("opened"), true)"]
      ) { transaction in
        let row = try await transaction.query(
          """
          select current_setting('transaction_isolation'), current_setting('transaction_read_only'),
            current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('application_name')
          """)[0]
        let settings = try row.decode(String.self, String.self, String.self, String.self, String.self)
        #expect(settings == ("serializable", "on", "7s", "3s", "opened"))
      }
      let after = try await pool.read("select current_setting('application_name')")[0].value(at: 0, as: String.self)
      #expect(after != "opened")
    }
  }

  @Test func readOnlyRefusesWrites() async throws {
    try await withTable { pool, table in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.transaction(.init(readOnly: true)) { try await $0.query("delete from \(table)") }
      }
      #expect(error?.sqlState == .readOnlyTransaction)
    }
  }

  @Test func aTransactionWithoutStatementsSendsNothing() async throws {
    try await withConnection { connection in
      let backend = await connection.backend
      try await connection.query("select 'before'")
      try await connection.transaction { _ in }
      try await connection.transaction { transaction in try await transaction.savepoint { _ in } }
      let activity = try await withConnection { try await $0.activity(of: backend)?.query }
      #expect(activity == "select 'before'")
    }
  }

  @Test func anErrorRollsBack() async throws {
    try await withTable { pool, table in
      await #expect(throws: Stop.self) {
        try await pool.transaction { transaction in
          try await transaction.query("update \(table) set amount = 0")
          throw Stop()
        }
      }
      try await expectAmounts([100, 100], pool, table)
    }
  }

  @Test func aSwallowedErrorIsToldAtCommit() async throws {
    try await withTable { pool, table in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.transaction { transaction in
          try await transaction.query("update \(table) set amount = 0")
          _ = try? await transaction.query("select 1 / 0")
        }
      }
      guard case .rolledBack = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try await expectAmounts([100, 100], pool, table)
    }
  }

  @Test func aFailureAtCommitIsTheServers() async throws {
    try await withConnection { connection in
      try await connection.query(
        SQL(verbatim: "create temporary table late (id int primary key deferrable initially deferred)"))
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { try await $0.query("insert into late values (1), (1)") }
      }
      #expect(error?.sqlState == .uniqueViolation)
      let count = try await connection.value("select count(*) from late", as: Int.self)
      #expect(count == 0)
    }
  }

  @Test func savepointsUndoTheirPartAlone() async throws {
    try await withTable { pool, table in
      try await pool.transaction { transaction in
        try await transaction.query("update \(table) set amount = 1 where id = 1")
        await #expect(throws: Stop.self) {
          try await transaction.savepoint { part in
            try await part.query("update \(table) set amount = 2 where id = 2")
            try await part.savepoint { try await $0.query("update \(table) set amount = 3 where id = 2") }
            throw Stop()
          }
        }
        await #expect(throws: PostgresError.self) {
          try await transaction.savepoint { try await $0.query("insert into \(table) values (1, 1)") }
        }
        await #expect(throws: Stop.self) { try await transaction.savepoint { _ in throw Stop() } }
        try await transaction.savepoint { part in
          await #expect(throws: PostgresError.self) {
            try await part.savepoint { try await $0.query("select 1 / 0") }
          }
          try await part.query("insert into \(table) values (3, 3)")
        }
      }
      try await expectAmounts([1, 100, 3], pool, table)
    }
  }

  /// Random nests of savepoints, some of which throw: what remains is what a model says.
  @Test func savepointsFollowTheModel() async throws {
    var random = SeededRandom()
    for _ in 0..<15 {
      let plan = Nest(&random, depth: 0)
      var expected: [Int] = []
      plan.apply(to: &expected)
      try await withTable { pool, table in
        try await pool.lease { try await $0.query("delete from \(table)") }
        try await pool.transaction { transaction in
          for step in plan.steps { try? await step.run(in: transaction, table) }
        }
        let ids = try await pool.read("select id from \(table) order by id").decode(Int.self)
        #expect(ids == expected.sorted())
      }
    }
  }

  private struct Nest {
    enum Step {
      case insert(Int)
      case savepoint(Nest, fails: Bool)

      func run(in transaction: PostgresTransaction, _ table: SQL) async throws {
        switch self {
        case .insert(let id): try await transaction.query("insert into \(table) values (\(id), 0)")
        case .savepoint(let nest, let fails):
          try await transaction.savepoint { part in
            for step in nest.steps { try? await step.run(in: part, table) }
            if fails { throw Stop() }
          }
        }
      }
    }

    var steps: [Step] = []

    init(_ random: inout SeededRandom, depth: Int) {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        if depth < 3, Bool.random(using: &random) {
          steps.append(.savepoint(Nest(&random, depth: depth + 1), fails: Bool.random(using: &random)))
        } else {
          steps.append(.insert(Int.random(in: 0...1_000_000_000, using: &random)))
        }
      }
    }

    func apply(to ids: inout [Int]) {
      for step in steps {
        switch step {
        case .insert(let id): ids.append(id)
        case .savepoint(let nest, let fails):
          var inner = ids
          nest.apply(to: &inner)
          if !fails { ids = inner }
        }
      }
    }
  }

  @Test func serializationFailuresAreRunAgain() async throws {
    try await withTable { pool, table in
      let attempts = NIOLockedValueBox(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await pool.transaction(.init(isolation: .serializable, retries: 100)) { transaction in
              attempts.withLockedValue { $0 += 1 }
              let sum = try await transaction.query("select sum(amount)::int8 from \(table)")[0].value(
                at: 0, as: Int.self)
              try await transaction.query("update \(table) set amount = \(sum)::int4 - 100 + 1 where id = 1")
            }
          }
        }
        try await group.waitForAll()
      }
      // Each adds one to what the others left: lost updates would show.
      try await expectAmounts([108, 100], pool, table)
      #expect(attempts.withLockedValue { $0 } >= 8)
    }
  }

  @Test func retriesEnd() async throws {
    try await withPool { pool in
      let attempts = NIOLockedValueBox(0)
      let error = await #expect(throws: PostgresError.self) {
        try await pool.transaction(.init(retries: 2)) { transaction in
          attempts.withLockedValue { $0 += 1 }
          try await transaction.query(SQL(verbatim: "do $$ begin raise sqlstate '40001'; end $$"))
        }
      }
      #expect(error?.sqlState == .serializationFailure)
      #expect(attempts.withLockedValue { $0 } == 3)
    }
  }

  @Test func deadlocksAreRunAgain() async throws {
    try await withTable { pool, table in
      let ready = NIOLockedValueBox(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for order in [[1, 2], [2, 1]] {
          group.addTask {
            try await pool.transaction { transaction in
              try await transaction.query("update \(table) set amount = amount + 1 where id = \(order[0])")
              ready.withLockedValue { $0 += 1 }
              try await eventually("both hold a row") { ready.withLockedValue { $0 } >= 2 }
              try await transaction.query("update \(table) set amount = amount + 1 where id = \(order[1])")
            }
          }
        }
        try await group.waitForAll()
      }
      try await expectAmounts([102, 102], pool, table)
      #expect(ready.withLockedValue { $0 } >= 3)
    }
  }

  @Test func anEndedTransactionIsOfNoUse() async throws {
    try await withPool { pool in
      let escaped = try await pool.transaction { transaction in
        try await transaction.query("select 1")
        return transaction
      }
      await #expect(throws: PostgresError.self) { try await escaped.query("select 1") }
      await #expect(throws: PostgresError.self) { try await escaped.query(SQL(verbatim: "select 1")) }
      await #expect(throws: PostgresError.self) { try await escaped.savepoint { _ in } }
    }
  }

  @Test func aLostConnectionDuringCommitIsToldApart() async throws {
    try await withTable { pool, table in
      // A trigger at commit ends the session, so that nobody confirms the COMMIT.
      let name = uniqueName("die")
      try await pool.lease { connection in
        try await connection.query(
          SQL(
            verbatim: """
              create function \(name)() returns trigger language plpgsql as
              $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
              create constraint trigger \(name) after update on \(table.text)
              deferrable initially deferred for each row execute function \(name)()
              """))
      }
      func applied(_ body: () async throws -> Void) async -> Bool? {
        do { try await body() } catch PostgresError.connection(let failure) { return failure.mayHaveBeenApplied } catch
        {}
        return nil
      }
      let inCommit = await applied {
        _ = try await pool.transaction { try await $0.query("update \(table) set amount = 0 where id = 1") }
      }
      #expect(inCommit == true)
      let inBody = await applied {
        try await pool.transaction { transaction in
          try await transaction.query("update \(table) set amount = 0 where id = 1")
          try await transaction.query("select pg_terminate_backend(pg_backend_pid())")
        }
      }
      #expect(inBody == false)
      let alone = await applied {
        _ = try await pool.lease { try await $0.query("update \(table) set amount = 0 where id = 1") }
      }
      #expect(alone == true)
      try await expectAmounts([100, 100], pool, table)
    }
  }
}
