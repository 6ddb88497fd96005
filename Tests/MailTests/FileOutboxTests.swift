import Foundation
import Testing

@testable import Mail

@Suite(.timeLimit(.minutes(1))) struct FileOutboxTests {
  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nuanqun-outbox-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private func files(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func permissions(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func eachMessageIsAFileForThisUserAlone() async throws {
    try await withFolder { folder in
      let outbox = FileOutbox(folder: folder.appending(path: "new/outbox"))
      try await outbox.send(Samples.message())
      try await outbox.send(Samples.message(identifier: "second"))
      let folder = folder.appending(path: "new/outbox")
      #expect(try files(in: folder) == ["20261011T091500Z-019f-reset.1.eml", "20261011T091500Z-second.eml"])
      let file = folder.appending(path: "20261011T091500Z-second.eml")
      #expect(try permissions(of: file.path) == 0o600)
      #expect(try permissions(of: folder.path) == 0o700)
      let read = try MailServer.understand([Data(contentsOf: file)])[0]
      #expect(read.header("Subject") == "重置密码")
      #expect(read.parts[0][2] == (try Samples.message().text))
      #expect(read.defects == [])
    }
  }

  @Test func whatIsSentAgainReplacesItsFile() async throws {
    try await withFolder { folder in
      let outbox = FileOutbox(folder: folder)
      try await outbox.send(Samples.message(text: "old"))
      try await outbox.send(Samples.message(text: "new"))
      #expect(try files(in: folder).count == 1)
      let file = try String(contentsOf: folder.appending(path: files(in: folder)[0]), encoding: .utf8)
      #expect(file.hasSuffix("\r\n\r\nnew\r\n"))
    }
  }

  @Test func nothingIsLeftOfWhatCouldNotBeWritten() async throws {
    try await withFolder { folder in
      try Data("a file".utf8).write(to: folder)
      let error = await #expect(throws: MailError.self) { try await FileOutbox(folder: folder).send(Samples.message()) }
      #expect(error?.reason == .storage && error?.isTemporary == true)
    }
    try await withFolder { folder in
      // A folder has the file's name already.
      let taken = folder.appending(path: "20261011T091500Z-019f-reset.1.eml/inside")
      try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
      let error = await #expect(throws: MailError.self) { try await FileOutbox(folder: folder).send(Samples.message()) }
      #expect(error?.reason == .storage)
      #expect(try files(in: folder) == ["20261011T091500Z-019f-reset.1.eml"])
    }
  }

  @Test func aFolderThatCanBeUsedIsMade() async throws {
    try await withFolder { folder in
      try await FileOutbox(folder: folder).check()
      #expect(try files(in: folder) == [])
      try Data().write(to: folder.appending(path: "file"))
      let error = await #expect(throws: MailError.self) {
        try await FileOutbox(folder: folder.appending(path: "file")).check()
      }
      #expect(error?.reason == .storage)
    }
  }

  @Test func manyAreWrittenAtOnce() async throws {
    try await withFolder { folder in
      let outbox = FileOutbox(folder: folder)
      try await withThrowingTaskGroup { group in
        for number in 0..<100 { group.addTask { try await outbox.send(Samples.message(identifier: "m\(number)")) } }
        try await group.waitForAll()
      }
      #expect(try files(in: folder).count == 100)
    }
  }
}
