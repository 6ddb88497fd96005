import Postgres
import Testing

@Suite struct TimeoutTests {
  @Test func statementsEndInTime() async throws {
    try await withPool {
      $0.timeouts.statement = .milliseconds(50)
    } _: { pool in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.lease { try await $0.query("select pg_sleep(600)") }
      }
      #expect(error?.sqlState == .queryCanceled)
      let own = try await pool.transaction(.init(timeouts: .init(statement: .seconds(90)))) {
        try await $0.value("select current_setting('statement_timeout')", as: String.self)
      }
      #expect(own == "90s")
      let again = try await pool.read("select current_setting('statement_timeout')")[0].value(at: 0, as: String.self)
      #expect(again == "50ms")
    }
  }

  @Test func locksAreNotWaitedForTooLong() async throws {
    try await withPool { pool in
      let key = Int.random(in: 0...Int.max)
      try await pool.transaction { holder in
        try await holder.query("select pg_advisory_xact_lock(\(key))")
        let error = await #expect(throws: PostgresError.self) {
          try await pool.transaction(.init(timeouts: .init(lock: .milliseconds(50)))) {
            try await $0.query("select pg_advisory_xact_lock(\(key))")
          }
        }
        #expect(error?.sqlState == .lockNotAvailable)
      }
    }
  }

  @Test func idleTransactionsEnd() async throws {
    try await withPool {
      $0.timeouts.idleInTransaction = .milliseconds(50)
    } _: { pool in
      let error = await #expect(throws: PostgresError.self) {
        try await pool.transaction { transaction in
          let pid = try await transaction.value("select pg_backend_pid()", as: Int32.self)
          try await withConnection { observer in
            try await eventually("the server ends it") { try await observer.activity(of: pid) == nil }
          }
          try await transaction.query("select 1")
        }
      }
      #expect(error?.sqlState == "25P03")
      guard case .connection(let failure) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(!failure.mayHaveBeenApplied)
    }
  }

  @Test func noticesGoToTheLog() async throws {
    let logs = CollectedLogs()
    try await withConnection(logger: logs.logger) { connection in
      try await connection.query(
        SQL(verbatim: "do $$ begin raise notice 'heed %', 42 using hint = 'softly'; raise warning 'beware'; end $$"))
    }
    try await eventually("both are there") {
      logs.all.contains { $0.hasPrefix("info: heed 42") && $0.contains("softly") }
        && logs.all.contains { $0.hasPrefix("warning: beware") }
    }
  }

  @Test func connectingEndsInTime() async throws {
    // A listener that never answers.
    let silent = try SilentListener()
    var configuration = try PostgresConfiguration("host=\(silent.folder) user=x")
    configuration.connectTimeout = .milliseconds(100)
    let error = await #expect(throws: PostgresError.self) {
      try await PostgresConnection.connect(configuration, logger: .silent)
    }
    guard case .connection(let failure) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failure.message.contains("within"))
    let patient = try PostgresConfiguration("host=\(silent.folder) user=x")
    let task = Task { try await PostgresConnection.connect(patient, logger: .silent) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
