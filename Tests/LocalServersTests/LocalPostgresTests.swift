import Foundation
import LocalServers
import Testing

@Suite struct LocalPostgresTests {
  @Test func speaksUTF8AndUTCOverItsSocketAlone() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalPostgres.start(in: folders, settings: ["work_mem": "5MB"], keepsData: false)
      let answer = try await Clients.psql(
        server,
        """
        select concat_ws(' ', current_setting('server_encoding'), current_setting('timezone'),
          current_setting('work_mem'), upper('ä'), '暖群', '<' || current_setting('listen_addresses') || '>')
        """)
      #expect(answer == "UTF8 UTC 5MB Ä 暖群 <>")
      #expect(server.url(database: "暖 群").hasSuffix("/%E6%9A%96%20%E7%BE%A4"))
      try await server.stop()
      #expect(await server.processIdentifier == nil)
      #expect(!FileManager.default.fileExists(atPath: server.socketDirectory))
      try await server.stop()
    }
  }

  @Test func noSettingOpensAPort() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalPostgres.start(
        in: folders, settings: ["listen_addresses": "*", "port": "5433"], keepsData: false)
      #expect(try await Clients.psql(server, "show listen_addresses") == "")
      try await server.stop()
    }
  }

  @Test(arguments: [false, true]) func restartsWithItsDataAtTheSameAddress(immediate: Bool) async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalPostgres.start(in: folders, keepsData: false)
      let first = try #require(await server.processIdentifier)
      _ = try await Clients.psql(server, "create table t as select 7 as n")
      try await server.restart(immediate: immediate)
      #expect(await server.processIdentifier != first)
      #expect(try await Clients.psql(server, "select n from t") == "7")
      try await server.stop()
    }
  }

  @Test func comesBackAfterKill() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalPostgres.start(in: folders, keepsData: false)
      _ = try await Clients.psql(server, "create table t as select 7 as n")
      try await server.kill()
      #expect(await server.processIdentifier == nil)
      await #expect(throws: Clients.Failure.self) { try await Clients.psql(server, "select 1") }
      try await server.restart()
      #expect(try await Clients.psql(server, "select n from t") == "7")
      try await server.stop()
    }
  }

  @Test func hangsWhilePausedAndGoesOnAfterwards() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalPostgres.start(in: folders, keepsData: false)
      await server.pause()
      let url = server.url(database: "postgres") + "?connect_timeout=2"
      await #expect(throws: Clients.Failure.self) { try await Clients.psql(url, "select 1") }
      await server.resume()
      #expect(try await Clients.psql(server, "select 1") == "1")
      // A paused server stops all the same.
      await server.pause()
      try await server.stop()
      #expect(await server.processIdentifier == nil)
    }
  }

  @Test func keepsDataBetweenRunsWhereAsked() async throws {
    try await withTemporaryHome { folders in
      for run in 1...2 {
        let kept = try await LocalPostgres.start(in: folders)
        let scratch = try await LocalPostgres.start(in: folders, keepsData: false)
        for server in [kept, scratch] {
          _ = try await Clients.psql(
            server, "create table if not exists runs (n int); insert into runs values (\(run))")
        }
        #expect(try await Clients.psql(kept, "select count(*) from runs") == "\(run)")
        #expect(try await Clients.psql(scratch, "select count(*) from runs") == "1")
        try await kept.stop()
        try await scratch.stop()
      }
    }
  }

  @Test func tellsWhatTheServerSaidWhenItDoesNotStart() async throws {
    try await withTemporaryHome { folders in
      let error = await #expect(throws: LocalServersError.self) {
        try await LocalPostgres.start(in: folders, settings: ["no_such_setting": "1"], keepsData: false)
      }
      #expect(error?.description.contains("postgres-scratch did not start") == true)
      #expect(error?.description.contains(#"unrecognized configuration parameter "no_such_setting""#) == true)
      // The place is free again.
      try await LocalPostgres.start(in: folders, keepsData: false).stop()
    }
  }
}
