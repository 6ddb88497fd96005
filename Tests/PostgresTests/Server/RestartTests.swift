import LocalServers
import NIOConcurrencyHelpers
import Postgres
import Testing

/// On a server of their own, which they may kill.
@Suite(.serialized) struct RestartTests {
  /// What became of the rows that were inserted.
  private struct Ledger {
    var confirmed: Set<Int> = []
    var refused: Set<Int> = []
    var unknown: Set<Int> = []
    var strange: [String] = []
    var next = 0

    mutating func id() -> Int {
      next += 1
      return next
    }
  }

  @Test func survivesAnImmediateRestartUnderLoad() async throws {
    let server = try await PrivateServer()
    let name = uniqueName("restart")
    let configuration = try server.configuration {
      $0.applicationName = name
      $0.limits.maximum = 6
      $0.limits.waitTimeout = .seconds(30)
    }
    let pool = PostgresPool(configuration, logger: .silent)
    try await pool.lease { try await $0.query("create table ledger (id int8 primary key)") }
    let ledger = NIOLockedValueBox(Ledger())
    let isOver = NIOLockedValueBox(false)
    let reads = NIOLockedValueBox(0)

    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<12 {
        group.addTask {
          while !isOver.withLockedValue({ $0 }) {
            await Self.step(worker, pool, ledger, reads)
            // A failure is answered at once; without a pause the loop would spin while the server is away.
            try await Task.sleep(for: .milliseconds(1))
          }
        }
      }
      for _ in 0..<3 {
        try await Self.moreIsConfirmed(ledger, reads)
        try await server.local.restart(immediate: true, downtime: .milliseconds(300))
        try await Self.moreIsConfirmed(ledger, reads)
      }
      isOver.withLockedValue { $0 = true }
      try await group.waitForAll()
    }

    let ids = Set(try await pool.read("select id from ledger").decode(Int.self))
    let final = ledger.withLockedValue { $0 }
    #expect(final.strange.isEmpty, "\(final.strange.prefix(3))")
    #expect(final.confirmed.subtracting(ids).isEmpty)
    #expect(final.refused.intersection(ids).isEmpty)
    #expect(ids.subtracting(final.confirmed).isSubset(of: final.unknown))
    #expect(await pool.inUse == 0)
    let sessions = try await pool.lease { try await $0.sessions(named: name) }
    #expect(sessions <= 6 + 2)
    await pool.close()
    try await server.local.stop()
  }

  /// Waits until both writes and reads have gone through again.
  private static func moreIsConfirmed(_ ledger: NIOLockedValueBox<Ledger>, _ reads: NIOLockedValueBox<Int>) async throws
  {
    let (before, read) = (ledger.withLockedValue { $0.confirmed.count }, reads.withLockedValue { $0 })
    try await eventually("work goes on") {
      ledger.withLockedValue { $0.confirmed.count } > before + 50 && reads.withLockedValue { $0 } > read + 50
    }
  }

  private static func step(
    _ worker: Int, _ pool: PostgresPool, _ ledger: NIOLockedValueBox<Ledger>, _ reads: NIOLockedValueBox<Int>
  ) async {
    let id = ledger.withLockedValue { $0.id() }
    do {
      switch worker % 4 {
      case 0:
        _ = try await pool.read("select \(id)")
        reads.withLockedValue { $0 += 1 }
        return
      case 1: try await pool.lease { try await $0.query("insert into ledger values (\(id))") }
      case 2:
        try await pool.lease { connection in
          try await connection.copyIn("copy ledger from stdin") { try await $0.write(row: id) }
        }
      default:
        try await pool.transaction { transaction in
          try await transaction.query("insert into ledger values (\(id))")
          try await transaction.query("select 1")
        }
      }
      ledger.withLockedValue { $0.confirmed.formUnion([id]) }
    } catch PostgresError.connection(let failure) {
      ledger.withLockedValue { ledger in
        if failure.mayHaveBeenApplied { ledger.unknown.formUnion([id]) } else { ledger.refused.formUnion([id]) }
      }
    } catch {
      ledger.withLockedValue { $0.strange.append("\(error)") }
    }
  }

  @Test func whatWasInFlightIsTold() async throws {
    let server = try await PrivateServer()
    let pool = try PostgresPool(server.configuration(), logger: .silent)
    let backends = NIOLockedValueBox<[Int32]>([])
    let tasks = (0..<4).map { number in
      Task {
        try await pool.lease { connection in
          let backend = await connection.backend
          backends.withLockedValue { $0.append(backend) }
          if number < 2 { try await connection.query("select pg_sleep(600)") }
          if number == 2 { try await connection.query(SQL(verbatim: "select pg_sleep(600)")) }
          if number == 3 {
            try await connection.copyOut("copy (select pg_sleep(600)) to stdout") { for try await _ in $0 {} }
          }
        }
      }
    }
    let read = Task { try await pool.read("select pg_sleep(600)") }
    try await eventually("all are under way") { backends.withLockedValue { $0.count } == 4 }
    for backend in backends.withLockedValue({ $0 }) {
      try await pool.lease { try await $0.waitUntilRunning(backend, "pg_sleep") }
    }
    var events = pool.listen("news").makeAsyncIterator()
    let first = try await events.next()
    #expect(first == .listening(afterGap: false))
    try await server.local.kill()
    for task in tasks {
      let error = await #expect(throws: PostgresError.self) { try await task.value }
      guard case .connection = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    let lost = await #expect(throws: PostgresError.self) { try await read.value }
    guard case .connection(let failure) = lost else {
      Issue.record("\(String(describing: lost))")
      return
    }
    #expect(!failure.mayHaveBeenApplied)
    try await server.local.restart()
    let second = try await events.next()
    #expect(second == .listening(afterGap: true))
    let value = try await pool.lease { try await $0.value("select 5::int8", as: Int.self) }
    #expect(value == 5)
    await pool.close()
    try await server.local.stop()
  }

  @Test func aServerThatHangsHoldsNobodyWhoWantsToGo() async throws {
    let server = try await PrivateServer()
    let pool = try PostgresPool(
      server.configuration {
        $0.cancelTimeout = .milliseconds(200)
        $0.limits.waitTimeout = .milliseconds(500)
      }, logger: .silent)
    let backend = NIOLockedValueBox<Int32>(0)
    let task = Task {
      try await pool.transaction { transaction in
        let pid = try await transaction.value("select pg_backend_pid()", as: Int32.self)
        backend.withLockedValue { $0 = pid }
        try await transaction.query("select pg_sleep(600)")
      }
    }
    try await eventually("it has begun") { backend.withLockedValue { $0 } != 0 }
    let pid = backend.withLockedValue { $0 }
    try await pool.lease { try await $0.waitUntilRunning(pid, "pg_sleep") }
    await server.local.pause()
    task.cancel()
    let error = await #expect(throws: PostgresError.self) { try await task.value }
    guard case .connection(let failure) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // It stood in a transaction, which nobody will commit.
    #expect(!failure.mayHaveBeenApplied)
    let reader = Task { try await pool.read("select 1") }
    await #expect(throws: PostgresError.self) { try await reader.value }
    await server.local.resume()
    try await eventuallySucceeds("it serves again") {
      _ = try await pool.read("select 1")
      try await pool.lease { try await $0.query("select 1") }
    }
    #expect(await pool.inUse == 0)
    await pool.close()
    try await server.local.stop()
  }
}
