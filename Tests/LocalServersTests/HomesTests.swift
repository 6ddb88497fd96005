import Foundation
import Glibc
import Testing

@testable import LocalServers

@Suite struct HomesTests {
  @Test func oneHomeTwiceIsRefusedWithAClearError() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalRedis.start(in: folders)
      let error = await #expect(throws: LocalServersError.self) { try await LocalRedis.start(in: folders) }
      #expect(error == .inUse(folder: folders.home.path + "/redis", process: "\(getpid())"))
      #expect(error?.description.contains("NUANQUN_HOME") == true)
      #expect(try await Clients.redis(server, "ping") == "PONG")
      try await server.stop()
      try await LocalRedis.start(in: folders).stop()
    }
  }

  @Test func twoHomesDoNotCollide() async throws {
    try await withTemporaryHome { one in
      try await withTemporaryHome { other in
        async let first = LocalPostgres.start(in: one, keepsData: false)
        async let second = LocalPostgres.start(in: other, keepsData: false)
        let servers = try await [first, second]
        _ = try await Clients.psql(servers[0], "create table only_here ()")
        await #expect(throws: Clients.Failure.self) { try await Clients.psql(servers[1], "table only_here") }
        for server in servers { try await server.stop() }
      }
    }
  }

  @Test(arguments: [
    "with spaces and 中文 'quotes' \"double\" 100%", String(repeating: "a folder with a rather long name/", count: 12),
  ])
  func homesMayHaveAnyNameAndLength(name: String) async throws {
    try await withTemporaryHome { outer in
      let folders = LocalFolders(home: outer.home.appending(path: name, directoryHint: .isDirectory))
      for _ in 1...2 {
        let postgres = try await LocalPostgres.start(in: folders)
        let pooler = try await LocalPgBouncer.start(in: folders, for: postgres)
        let redis = try await LocalRedis.start(in: folders)
        #expect(try await Clients.psql(postgres, "select 1") == "1")
        let url = pooler.url(database: "postgres")
        #expect(try await Clients.psql(url, "select 2") == "2")
        #expect(try await Clients.redis(redis, "ping") == "PONG")
        #expect("\(postgres.socketDirectory)/.s.PGSQL.5432.lock".utf8.count <= 107)
        try await redis.stop()
        try await pooler.stop()
        try await postgres.stop()
      }
      try folders.remove()
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make a folder that only root may enter"))
  func theHomeMayBeWhereOnlyRootMayGo() async throws {
    try await withTemporaryHome { outer in
      // Of root and closed to others, as everything under it then is for the user postgres.
      #expect(chmod(outer.home.path, 0o700) == 0)
      let folders = LocalFolders(home: outer.home.appending(path: "checkout/.nuanqun"))
      let postgres = try await LocalPostgres.start(in: folders)
      let pooler = try await LocalPgBouncer.start(in: folders, for: postgres)
      let process = try #require(await postgres.processIdentifier)
      var status = stat()
      #expect(stat("/proc/\(process)", &status) == 0)
      #expect(status.st_uid != 0)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd").hasPrefix("/var/tmp/"))
      let url = pooler.url(database: "postgres")
      #expect(try await Clients.psql(url, "select 1") == "1")
      try await pooler.stop()
      try await postgres.stop()
      try folders.remove()
    }
  }

  @Test(.enabled(if: geteuid() == 0, "others keep their data in the home, where nobody else can write"))
  func aFolderThatOthersMayWriteToIsNotUsedForData() async throws {
    try await withTemporaryHome { folders in
      #expect(mkdir(folders.unprivilegedHome, 0o777) == 0)
      #expect(chmod(folders.unprivilegedHome, 0o777) == 0)
      let error = await #expect(throws: LocalServersError.self) { try await LocalPostgres.start(in: folders) }
      #expect(error?.description.contains(folders.unprivilegedHome) == true)
    }
  }
}
