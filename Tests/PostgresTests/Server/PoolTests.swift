import NIOConcurrencyHelpers
import Postgres
import Testing

@Suite struct PoolTests {
  /// Holds `count` connections until it is told to let go.
  private final class Holders: Sendable {
    private let released = NIOLockedValueBox(false)
    func release() { released.withLockedValue { $0 = true } }

    func hold(_ count: Int, of pool: PostgresPool) async throws -> [Task<Void, any Error>] {
      let held = NIOLockedValueBox(0)
      let tasks = (0..<count).map { _ in
        Task {
          try await pool.lease { _ in
            held.withLockedValue { $0 += 1 }
            try await eventually("told to let go") { self.released.withLockedValue { $0 } }
          }
        }
      }
      try await eventually("\(count) are held") { held.withLockedValue { $0 } == count }
      return tasks
    }
  }

  @Test func waitsForAConnectionAndGetsIt() async throws {
    try await withPool {
      $0.limits.maximum = 1
    } _: { pool in
      let holders = Holders()
      let held = try await holders.hold(1, of: pool)
      let waiting = Task { try await pool.lease { try await $0.value("select 7::int8", as: Int.self) } }
      try await eventually("one waits") { await pool.waiting == 1 }
      #expect(await pool.inUse == 1)
      holders.release()
      #expect(try await waiting.value == 7)
      for task in held { try await task.value }
      #expect(await pool.inUse == 0)
    }
  }

  @Test func givesUpAfterTheWaitingTime() async throws {
    let name = uniqueName("busy")
    try await withPool { configuration in
      configuration.limits.minimum = 2
      configuration.limits.maximum = 2
      configuration.limits.waitTimeout = .milliseconds(100)
      configuration.applicationName = name
    } _: { pool in
      try await withConnection { observer in
        try await eventually("both are open") { try await observer.sessions(named: name) == 2 }
      }
      let holders = Holders()
      let held = try await holders.hold(2, of: pool)
      let error = await #expect(throws: PostgresError.self) { try await pool.lease { _ in } }
      guard case .poolTimeout(let timeout) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(timeout.inUse == 2)
      #expect(timeout.limit == 2)
      #expect(timeout.waited >= .milliseconds(100))
      #expect(await pool.waiting == 0)
      holders.release()
      for task in held { try await task.value }
    }
  }

  @Test func refusesWhenTooManyWait() async throws {
    try await withPool { configuration in
      configuration.limits.maximum = 1
      configuration.limits.maximumWaiting = 1
    } _: { pool in
      let holders = Holders()
      let held = try await holders.hold(1, of: pool)
      let waiting = Task { try await pool.lease { _ in } }
      try await eventually("one waits") { await pool.waiting == 1 }
      await #expect(throws: PostgresError.self) { try await pool.lease { _ in } }
      holders.release()
      for task in held + [waiting] { try await task.value }
    }
  }

  @Test func aCancelledCallerLeavesTheLine() async throws {
    try await withPool {
      $0.limits.maximum = 1
    } _: { pool in
      let holders = Holders()
      let held = try await holders.hold(1, of: pool)
      let waiting = Task { try await pool.lease { _ in } }
      try await eventually("one waits") { await pool.waiting == 1 }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      #expect(await pool.waiting == 0)
      holders.release()
      for task in held { try await task.value }
    }
  }

  @Test func prefersTheConnectionOfTheKey() async throws {
    try await withPool { pool in
      let holders = Holders()
      for task in try await holders.hold(0, of: pool) { try await task.value }
      let together = NIOLockedValueBox<[String: Int32]>([:])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for key in ["a", "b", "c"] {
          group.addTask {
            try await pool.lease(preferring: key) { connection in
              let backend = await connection.backend
              together.withLockedValue { $0[key] = backend }
              try await eventually("each has one") { together.withLockedValue { $0.count } == 3 }
            }
          }
        }
        try await group.waitForAll()
      }
      for key in ["b", "a", "c", "a", "b"] {
        let backend = try await pool.lease(preferring: key) { await $0.backend }
        #expect(backend == together.withLockedValue { $0[key] })
      }
    }
  }

  @Test func replacesTheOldAndTheLost() async throws {
    try await withPool { configuration in
      configuration.limits.maximum = 1
      configuration.limits.maximumAge = .milliseconds(200)
    } _: { pool in
      let first = try await pool.lease { await $0.backend }
      try await Task.sleep(for: .milliseconds(250))
      // It has come of age: it serves once more at most, and is then replaced.
      _ = try await pool.lease { await $0.backend }
      let second = try await pool.lease { await $0.backend }
      #expect(first != second)
    }
    try await withPool {
      $0.limits.maximum = 1
    } _: { pool in
      let first = try await pool.lease { await $0.backend }
      try await withConnection { try await $0.query("select pg_terminate_backend(\(first))") }
      try await eventually("another connection serves") {
        guard let backend = try? await pool.lease({ await $0.backend }) else { return false }
        return backend != first && backend != 0
      }
    }
  }

  @Test func checksWhatWasIdle() async throws {
    try await withPool { configuration in
      configuration.limits.maximum = 1
      configuration.limits.checkAfterIdle = .zero
    } _: { pool in
      let first = try await pool.lease { await $0.backend }
      let query = try await pool.lease { connection in
        let query = try await connection.value(
          "select query from pg_stat_activity where pid = pg_backend_pid()", as: String.self)
        return query
      }
      #expect(query.contains("pg_stat_activity"))
      let second = try await pool.lease { await $0.backend }
      #expect(first == second)
    }
  }

  @Test func endsWhatABorrowerLeftOpen() async throws {
    let logs = CollectedLogs()
    try await withPool({ $0.limits.maximum = 1 }, logger: logs.logger) { pool in
      try await pool.lease { connection in
        try await connection.query("begin")
        try await connection.query("create temporary table left_open ()")
      }
      let isGone = try await pool.lease { try await $0.value("select to_regclass('left_open') is null", as: Bool.self) }
      #expect(isGone)
      try await eventually("it is in the log") { logs.all.contains { $0.contains("transaction open") } }
    }
  }

  @Test func keepsTheMinimumOpen() async throws {
    let name = uniqueName("minimum")
    try await withPool { configuration in
      configuration.limits.minimum = 3
      configuration.applicationName = name
    } _: { _ in
      try await withConnection { observer in
        try await eventually("three are open") { try await observer.sessions(named: name) == 3 }
      }
    }
  }

  @Test func aClosedPoolRefuses() async throws {
    let server = try await PrivateServer.shared.value
    let pool = try PostgresPool(server.configuration(), logger: .silent)
    let holders = Holders()
    let held = try await holders.hold(1, of: pool)
    let closing = Task { await pool.close() }
    try await eventually("it refuses") {
      do { try await pool.lease { _ in } } catch PostgresError.closed { return true }
      return false
    }
    holders.release()
    for task in held { try await task.value }
    await closing.value
    await #expect(throws: PostgresError.self) { try await pool.read("select 1") }
    var events = pool.listen("x").makeAsyncIterator()
    let event = try await events.next()
    #expect(event == nil)
  }

  @Test func saysAtOnceWhatCannotBeHelped() async throws {
    let server = try await PrivateServer.shared.value
    var configuration = try server.configuration()
    configuration.database = "no_such_database"
    let pool = PostgresPool(configuration, logger: .silent)
    let error = await #expect(throws: PostgresError.self) { try await pool.lease { _ in } }
    #expect(error?.sqlState == "3D000")
    let read = await #expect(throws: PostgresError.self) { try await pool.read("select 1") }
    #expect(read?.sqlState == "3D000")
    await pool.close()
  }

  @Test func aServerThatIsNotThereIsTold() async throws {
    var configuration = try PostgresConfiguration("host=/tmp/there-is-no-server-here user=x password=sesame")
    configuration.limits.waitTimeout = .milliseconds(200)
    let pool = PostgresPool(configuration, logger: .silent)
    let error = await #expect(throws: PostgresError.self) { try await pool.lease { _ in } }
    guard case .connection(let failure) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!failure.mayHaveBeenApplied)
    #expect(!"\(failure)".contains("sesame"))
    await #expect(throws: PostgresError.self) { try await pool.read("select 1") }
    await pool.close()
  }
}
