import NIOConcurrencyHelpers
import Postgres
import Testing

@Suite struct ListenTests {
  @Test func hearsAndTellsOfGaps() async throws {
    try await withPool { pool in
      let channel = uniqueName("Kanal \"x\"")
      let name: SQL = "\(channel)"
      var events = pool.listen(channel, "another").makeAsyncIterator()
      #expect(try await events.next() == .listening(afterGap: false))
      for text in ["one", "two", ""] {
        try await pool.lease { try await $0.query("select pg_notify(\(name), \(text))") }
      }
      for text in ["one", "two", ""] {
        guard case .notification(let notification) = try await events.next() else {
          Issue.record("no notification")
          return
        }
        #expect(notification.channel == channel)
        #expect(notification.payload == text)
      }
      let killed = try await pool.lease {
        try await $0.value(
          "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like 'listen %'", as: Int.self)
      }
      #expect(killed >= 1)
      #expect(try await events.next() == .listening(afterGap: true))
      try await pool.lease { try await $0.query("select pg_notify('another', 'again')") }
      guard case .notification(let notification) = try await events.next() else {
        Issue.record("no notification")
        return
      }
      #expect(notification.payload == "again")
    }
  }

  @Test func endsWithItsTask() async throws {
    let name = uniqueName("listener")
    try await withPool {
      $0.applicationName = name
    } _: { pool in
      let heard = NIOLockedValueBox(0)
      let task = Task {
        for try await _ in pool.listen("quiet") { heard.withLockedValue { $0 += 1 } }
        return "ended"
      }
      try await eventually("it listens") { heard.withLockedValue { $0 } == 1 }
      task.cancel()
      #expect(try await task.value == "ended")
      try await withConnection { observer in
        try await eventually("its connection is closed") { try await observer.sessions(named: name) == 0 }
      }
    }
  }

  @Test func endsWithThePool() async throws {
    let server = try await PrivateServer.shared.value
    let pool = try PostgresPool(server.configuration(), logger: .silent)
    let heard = NIOLockedValueBox(0)
    let task = Task {
      for try await _ in pool.listen("quiet") { heard.withLockedValue { $0 += 1 } }
      return "ended"
    }
    try await eventually("it listens") { heard.withLockedValue { $0 } == 1 }
    await pool.close()
    #expect(try await task.value == "ended")
  }
}
