import Foundation
import NIOConcurrencyHelpers
import Postgres
import Testing

@Suite struct CancellationTests {
  @Test func cancelsOnTheServerAndKeepsTheConnection() async throws {
    try await withPool { pool in
      try await pool.lease { connection in
        let backend = await connection.backend
        let task = Task { try await connection.query("select pg_sleep(600)") }
        try await pool.lease { try await $0.waitUntilRunning(backend, "pg_sleep") }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let activity = try await pool.read("select state from pg_stat_activity where pid = \(backend)")
        #expect(try activity.decode(String.self) == ["idle"])
        let still = try await connection.value("select pg_backend_pid()", as: Int.self)
        #expect(still == Int(backend))
      }
    }
  }

  @Test func aCancelledTransactionRollsBack() async throws {
    try await withPool { pool in
      let name = uniqueName("cancelled")
      try await pool.lease { try await $0.query("create table \(identifier: name) (id int)") }
      let backend = NIOLockedValueBox<Int32>(0)
      let task = Task {
        try await pool.transaction { transaction in
          let pid = try await transaction.value("select pg_backend_pid()", as: Int32.self)
          backend.withLockedValue { $0 = pid }
          try await transaction.query("insert into \(identifier: name) values (1)")
          try await transaction.query("select pg_sleep(600)")
        }
      }
      try await eventually("the transaction has begun") { backend.withLockedValue { $0 } != 0 }
      let pid = backend.withLockedValue { $0 }
      try await pool.lease { try await $0.waitUntilRunning(pid, "pg_sleep") }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let rows = try await pool.read("select count(*) from \(identifier: name)")[0].value(at: 0, as: Int.self)
      #expect(rows == 0)
      let state = try await pool.read("select state from pg_stat_activity where pid = \(pid)").decode(String.self)
      #expect(state == ["idle"])
      try await pool.lease { try await $0.query("drop table \(identifier: name)") }
    }
  }

  @Test func commitIsShielded() async throws {
    try await withPool { pool in
      let name = uniqueName("shielded")
      try await pool.lease { try await $0.query("create table \(identifier: name) (id int)") }
      let task = Task {
        try await pool.transaction { transaction in
          try await transaction.query("insert into \(identifier: name) values (1)")
          withUnsafeCurrentTask { $0?.cancel() }
        }
        return Task.isCancelled
      }
      let wasCancelled = try await task.value
      #expect(wasCancelled)
      let rows = try await pool.read("select count(*) from \(identifier: name)")[0].value(at: 0, as: Int.self)
      #expect(rows == 1)
      try await pool.lease { try await $0.query("drop table \(identifier: name)") }
    }
  }

  @Test func aCancelledReaderJustGoes() async throws {
    try await withPool { configuration in
      configuration.limits.shared = 1
      configuration.applicationName = uniqueName("reader")
    } _: { pool in
      let slow = Task { try await pool.read("select pg_sleep(0.4), 'slow'")[0].value(at: 1, as: String.self) }
      let behind = Task { try await pool.read("select 'behind'")[0].value(at: 0, as: String.self) }
      let gone = Task { try await pool.read("select 'gone'") }
      gone.cancel()
      await #expect(throws: CancellationError.self) { try await gone.value }
      let texts = try await [slow.value, behind.value]
      #expect(texts == ["slow", "behind"])
    }
  }

  @Test func aCancelledTaskSendsNothing() async throws {
    try await withConnection { connection in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await connection.query("select 1")
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(await connection.isOpen)
    }
  }

  @Test func cancelsWhatStandsBehindOthersOfItsConnection() async throws {
    try await withConnection { connection in
      let first = Task { try await connection.value("select pg_sleep(0.3), 1", as: String.self) }
      let second = Task { try await connection.query("select pg_sleep(600)") }
      let third = Task { try await connection.value("select 3::int8", as: Int.self) }
      let backend = await connection.backend
      try await withConnection { try await $0.waitUntilRunning(backend, "pg_sleep") }
      second.cancel()
      await #expect(throws: CancellationError.self) { try await second.value }
      _ = try await first.value
      let value = try? await third.value
      // It was in flight when the request was sent and may have been hit; then it says so.
      #expect(value == nil || value == 3)
      let after = try await connection.value("select 4::int8", as: Int.self)
      #expect(after == 4)
    }
  }

  @Test func scriptsAndWaitingForALockAreCancelled() async throws {
    try await withConnection { connection in
      let backend = await connection.backend
      let task = Task { try await connection.query(SQL(verbatim: "select 1; select pg_sleep(600); select 2")) }
      try await withConnection { try await $0.waitUntilRunning(backend, "pg_sleep") }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let value = try await connection.value("select 4::int8", as: Int.self)
      #expect(value == 4)
    }
  }

  /// A thousand statements that fail, finish or are cancelled at any moment: afterwards every connection is whole, idle
  /// and in the pool, and no more were opened than the limit.
  @Test func nothingLeaks() async throws {
    var random = SeededRandom()
    let name = uniqueName("leak")
    let kinds = (0..<1_000).map { _ in
      (Int.random(in: 0..<6, using: &random), Int.random(in: 0..<4_000, using: &random))
    }
    try await withPool { configuration in
      configuration.applicationName = name
      configuration.limits.maximum = 8
      configuration.limits.waitTimeout = .seconds(60)
    } _: { pool in
      let wrong = await withTaskGroup(of: Int.self) { group in
        for (index, (kind, delay)) in kinds.enumerated() {
          if index >= 40 { _ = await group.next() }
          group.addTask {
            let task = Task { try await Self.unit(kind, index, pool) }
            try? await Task.sleep(for: .microseconds(delay))
            task.cancel()
            do { return try await task.value ? 0 : 1 } catch is CancellationError { return 0 } catch {
              return (error as? PostgresError)?.sqlState == "22012" ? 0 : 1
            }
          }
        }
        return await group.reduce(0, +)
      }
      #expect(wrong == 0)
      #expect(await pool.inUse == 0)
      #expect(await pool.waiting == 0)
      try await withConnection { observer in
        try await eventually("all sessions are idle") {
          let busy = try await observer.value(
            "select count(*) from pg_stat_activity where application_name = \(name) and state <> 'idle'", as: Int.self)
          return busy == 0
        }
        let sessions = try await observer.sessions(named: name)
        #expect(sessions <= 8 + 2)
      }
      for number in 0..<32 {
        let value = try await pool.lease { try await $0.value("select \(number)", as: Int.self) }
        #expect(value == number)
      }
    }
    try await withConnection { observer in
      try await eventually("the pool's sessions are closed") { try await observer.sessions(named: name) == 0 }
    }
  }

  /// Whether a unit of work gave the answer to its own question.
  private static func unit(_ kind: Int, _ number: Int, _ pool: PostgresPool) async throws -> Bool {
    switch kind {
    case 0:
      return try await pool.lease { try await $0.value("select pg_sleep(0.002), \(number)", as: String.self) } == ""
    case 1: return try await pool.read("select \(number)")[0].value(at: 0, as: Int.self) == number
    case 2: return try await pool.lease { try await $0.value("select 1 / 0", as: Int.self) } == 0
    case 3:
      return try await pool.transaction(opening: ["select set_config('nuanqun.n', \("\(number)"), true)"]) {
        transaction in
        try await transaction.query("select pg_sleep(0.001)")
        return try await transaction.value("select current_setting('nuanqun.n')", as: String.self) == "\(number)"
      }
    case 4:
      return try await pool.lease { connection in
        try await connection.copyOut("copy (select generate_series(1, 5000)) to stdout") { out in
          var bytes = 0
          for try await piece in out { bytes += piece.count }
          return bytes == 23_893
        }
      }
    default:
      return try await pool.lease { try await $0.value("select \(number) + 1", as: Int.self) } == number + 1
    }
  }
}
