import LocalServers
import Testing

@Suite struct LocalPgBouncerTests {
  @Test func sharesOneServerConnectionBetweenUsersOfARole() async throws {
    try await withTemporaryHome { folders in
      let postgres = try await LocalPostgres.start(in: folders, keepsData: false)
      let pooler = try await LocalPgBouncer.start(in: folders, for: postgres, settings: ["default_pool_size": "1"])
      _ = try await Clients.psql(postgres, "create role app login")
      let url = pooler.url(database: "postgres", user: "app")
      let first = try await Clients.psql(url, "select current_user, pg_backend_pid()")
      let second = try await Clients.psql(url, "select current_user, pg_backend_pid()")
      #expect(first.hasPrefix("app|"))
      #expect(first == second)
      try await pooler.restart()
      #expect(try await Clients.psql(url, "select 1") == "1")
      try await pooler.stop()
      try await pooler.stop()
      try await postgres.stop()
    }
  }
}
