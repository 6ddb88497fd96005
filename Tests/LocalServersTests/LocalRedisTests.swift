import Foundation
import Glibc
import LocalServers
import Testing

@Suite struct LocalRedisTests {
  @Test func answersOverItsSocketAloneAndNeverEvicts() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalRedis.start(
        in: folders, settings: ["maxmemory": "50mb", "port": "6390"], keepsData: false)
      let expected = [
        "port": "0", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
        "maxmemory": "52428800",
      ]
      for (name, value) in expected {
        #expect(try await Clients.redis(server, "config", "get", name) == "\(name)\n\(value)")
      }
      let attributes = try FileManager.default.attributesOfItem(atPath: server.socket)
      #expect(attributes[.posixPermissions] as? Int == 0o700)
      #expect(server.url == "unix://" + server.socket)
      // In a session of its own, it does not get a Ctrl-C that is meant for us.
      let process = try #require(await server.processIdentifier)
      #expect(getsid(process) == process)
      try await server.stop()
      try await server.stop()
      #expect(!FileManager.default.fileExists(atPath: server.socket))
    }
  }

  @Test(arguments: [false, true]) func restartsWithOrWithoutItsData(keepingData: Bool) async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalRedis.start(in: folders, keepsData: false)
      _ = try await Clients.redis(server, "set", "k", "v")
      try await server.restart(keepingData: keepingData)
      #expect(try await Clients.redis(server, "get", "k") == (keepingData ? "v" : ""))
      try await server.stop()
    }
  }

  @Test func comesBackAfterKill() async throws {
    try await withTemporaryHome { folders in
      let server = try await LocalRedis.start(in: folders, keepsData: false)
      _ = try await Clients.redis(server, "set", "k", "v")
      // The append-only file is written before the answer; only its sync may be a second late.
      try await server.kill()
      #expect(await server.processIdentifier == nil)
      try await server.restart(keepingData: true)
      #expect(try await Clients.redis(server, "get", "k") == "v")
      try await server.stop()
    }
  }

  @Test func keepsDataBetweenRunsWhereAsked() async throws {
    try await withTemporaryHome { folders in
      for run in 1...2 {
        let kept = try await LocalRedis.start(in: folders)
        let scratch = try await LocalRedis.start(in: folders, keepsData: false)
        #expect(try await Clients.redis(kept, "incr", "runs") == "\(run)")
        #expect(try await Clients.redis(scratch, "incr", "runs") == "1")
        try await kept.stop()
        try await scratch.stop()
      }
    }
  }
}
