import Foundation
import Glibc
import Testing

@testable import LocalServers

/// What happens when the process that started servers is killed before it stopped them.
// Serialized, as every exit test blocks a thread of the pool on which all other tests run.
@Suite(.serialized) struct LeftBehindTests {
  @Test func nothingOutlivesAKilledProcessForLong() async throws {
    try await withTemporaryHome { outer in
      let notes = outer.home.appending(path: "notes")
      await #expect(processExitsWith: .signal(SIGKILL)) { [notes = notes as URL] in
        let folders = try LocalFolders.temporary()
        let postgres = try await LocalPostgres.start(in: folders)
        let redis = try await LocalRedis.start(in: folders)
        // A frozen server has to go as well.
        await postgres.pause()
        let note = [
          folders.home.path, folders.unprivilegedHome, postgres.socketDirectory, redis.socket,
          "/proc/\(await postgres.processIdentifier ?? 0)", "/proc/\(await redis.processIdentifier ?? 0)",
        ]
        try note.joined(separator: "\n").write(to: notes, atomically: true, encoding: .utf8)
        raise(SIGKILL)
      }
      let traces = try String(contentsOf: notes, encoding: .utf8).split(separator: "\n").map(String.init)
      #expect(traces.count == 6)
      try await eventually { !traces.contains { FileManager.default.fileExists(atPath: $0) } }
    }
  }

  @Test func notEvenHalfMadeData() async throws {
    try await withTemporaryHome { outer in
      let notes = outer.home.appending(path: "notes")
      await #expect(processExitsWith: .signal(SIGKILL)) { [notes = notes as URL] in
        let folders = try LocalFolders.temporary()
        let note = [folders.home.path, folders.unprivilegedHome].joined(separator: "\n")
        try note.write(to: notes, atomically: true, encoding: .utf8)
        let starting = Task { try await LocalPostgres.start(in: folders) }
        try await eventually {
          [folders.home.path, folders.unprivilegedHome].contains { home in
            FileManager.default.fileExists(atPath: home + "/postgres/data.new/base")
          }
        }
        raise(SIGKILL)
        withExtendedLifetime(starting) {}
      }
      let traces = try String(contentsOf: notes, encoding: .utf8).split(separator: "\n").map(String.init)
      try await eventually { !traces.contains { FileManager.default.fileExists(atPath: $0) } }
    }
  }

  @Test(arguments: [false, true])
  func aLaterRunTakesOverWhatAKilledOneLeft(beforeTheRecord: Bool) async throws {
    try await withTemporaryHome { outer in
      let home = outer.home.appending(path: "home")
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [home = home as URL, beforeTheRecord = beforeTheRecord as Bool] in
        let folders = LocalFolders(home: home)
        let postgres = try await LocalPostgres.start(in: folders)
        let redis = try await LocalRedis.start(in: folders)
        _ = try await Clients.psql(postgres, "create table t as select 7 as n")
        _ = try await Clients.redis(redis, "set", "k", "v")
        if beforeTheRecord {
          for name in ["postgres", "redis"] {
            let path = ServerRecord.path(in: home.path + "/" + name)
            let record = try JSONDecoder().decode(ServerRecord.self, from: Data(contentsOf: URL(filePath: path)))
            try ServerRecord(runtime: record.runtime, process: nil, stopSignal: record.stopSignal).write(to: path)
          }
        }
        // Without its caretakers, as if somebody had killed every process but the servers.
        let own = try #require(ProcessIdentity(running: getpid()))
        for child in own.children where child.commandLine.contains("caretaker") { child.send(SIGKILL) }
        raise(SIGKILL)
      }
      let folders = LocalFolders(home: home)
      let record = try JSONDecoder().decode(
        ServerRecord.self, from: Data(contentsOf: URL(filePath: ServerRecord.path(in: home.path + "/postgres"))))
      let text = try String(contentsOfFile: record.runtime + "/pid", encoding: .utf8)
      let left = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      #expect(ProcessIdentity(running: left) != nil, "the server still runs when the later run begins")

      let postgres = try await LocalPostgres.start(in: folders)
      let redis = try await LocalRedis.start(in: folders)
      #expect(ProcessIdentity(running: left) == nil)
      #expect(!FileManager.default.fileExists(atPath: record.runtime))
      #expect(try await Clients.psql(postgres, "select n from t") == "7")
      #expect(try await Clients.redis(redis, "get", "k") == "v")
      try await redis.stop()
      try await postgres.stop()
      try folders.remove()
    }
  }

  @Test func aRecordOfAProcessThatIsNotOursHarmsNobody() async throws {
    try await withTemporaryHome { folders in
      let own = try #require(ProcessIdentity(running: getpid()))
      // The number is of a process that runs, but the start is another's.
      let fields: [String: any Sendable] = ["id": own.id, "startTicks": own.startTicks - 1, "boot": own.boot]
      let earlier = try JSONDecoder().decode(
        ProcessIdentity.self, from: JSONSerialization.data(withJSONObject: fields))
      #expect(!earlier.isRunning)
      try makeFolder(folders.home.path + "/redis")
      let runtime = folders.home.path + "/not-ours"
      try makeFolder(runtime)
      try "\(getpid())\n".write(toFile: runtime + "/pid", atomically: true, encoding: .utf8)
      for process in [earlier, nil] {
        try ServerRecord(runtime: runtime, process: process, stopSignal: SIGTERM)
          .write(to: ServerRecord.path(in: folders.home.path + "/redis"))
        try await LocalRedis.start(in: folders).stop()
        #expect(FileManager.default.fileExists(atPath: runtime), "a folder that is not named as ours are is left alone")
      }
    }
  }
}
