import Foundation
import Glibc
import HummingbirdTesting
import Logging
import Testing

@testable import Sandbox

@Suite struct LogTests {
  @Test func keysNeverReachTheLog() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      _ = try await client.send(text: "x")
      _ = try await client.send(text: "x", key: "secret-of-nobody")
      _ = try await client.upload(Data("hello".utf8))
      let text = try String(contentsOfFile: fixture.configuration.logPath, encoding: .utf8)
      #expect(!text.contains(SandboxFixture.key) && !text.contains("secret-of-nobody"))
      #expect(text.contains(RobotID(key: SandboxFixture.key).description))
    }
  }

  @Test func aRequestThatEndsEarlyIsLoggedAndNotAccepted() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      let (received, isClosed) = try await RawConnection(port: client.port)
        .exchange(rawSend("never whole", cutAfter: 30), thenClosing: true)
      #expect(!received.contains("errcode") && isClosed)
      try await eventually { try fixture.log.entries.count == 1 }
      let entry = try #require(try fixture.log.entries.first)
      #expect(!entry.readWhole && !entry.accepted && entry.errcode == nil && entry.bodyBytes == 30)
    }
  }

  @Test func aChunkedRequestThatEndsEarlyIsNotAccepted() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      let body = #"{"msgtype":"text","text":{"content":"whole JSON, but no last chunk"}}"#
      let request = """
        POST /cgi-bin/webhook/send?key=\(SandboxFixture.key) HTTP/1.1\r\nHost: localhost\r\n\
        Transfer-Encoding: chunked\r\n\r\n\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n
        """
      let (received, _) = try await RawConnection(port: client.port).exchange(request, thenClosing: true)
      #expect(!received.contains("errcode"))
      try await eventually { try fixture.log.entries.count == 1 }
      let entry = try #require(try fixture.log.entries.first)
      #expect(!entry.readWhole && !entry.accepted)
      let whole = request + "0\r\n\r\n"
      let (answer, _) = try await RawConnection(port: client.port).exchange(whole) { $0.contains("errcode") }
      #expect(answer.contains(#""errcode":0"#))
    }
  }

  @Test func whatCannotBeLoggedIsNotAccepted() async throws {
    var fixture = try SandboxFixture()
    // A file in memory that refuses to grow is a full disk that needs no rights to make. Glibc's module leaves the call
    // out, so it is looked up.
    typealias MakeMemoryFile = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    let makeMemoryFile = unsafeBitCast(try #require(dlsym(nil, "memfd_create")), to: MakeMemoryFile.self)
    let descriptor = makeMemoryFile("log", 2 /* MFD_ALLOW_SEALING */)
    #expect(fcntl(descriptor, 1033 /* F_ADD_SEALS */, 4 /* F_SEAL_GROW */) == 0)
    defer { close(descriptor) }
    fixture.configuration.logPath = "/proc/self/fd/\(descriptor)"
    try await fixture.run { client async throws in
      #expect(try await client.send(text: "unlogged").errcode == -1)
      #expect(try await !client.page("/rooms/1").contains("unlogged"))
    }
  }

  @Test func theLogGoesOnWhereItEndedAndDropsATornLine() throws {
    let fixture = try SandboxFixture()
    defer { try? FileManager.default.removeItem(at: fixture.folder) }
    let path = fixture.configuration.logPath
    for _ in 0..<2 {
      var file = try LogFile(path: path, synced: true)
      try file.append(.sample(number: file.count + 1))
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"torn":"#.utf8))
    }
    #expect(try fixture.log.entries == [.sample(number: 1), .sample(number: 2)])
    #expect(try LogFile(path: path, synced: false).count == 2)
  }

  @Test func twoSandboxesDoNotShareALog() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { _ async throws in
      await #expect(throws: LogFile.Failure.self) {
        _ = try await buildSandbox(fixture.configuration, logger: Logger(label: "second"))
      }
    }
  }

  @Test(arguments: ["/nonexistent/log", "/dev/zero", "/tmp"])
  func anUnusablePathIsNamed(path: String) {
    let failure = #expect(throws: LogFile.Failure.self) { _ = try LogFile(path: path, synced: false) }
    #expect(failure?.description.contains(path) == true)
  }

  @Test func theReaderNamesTheBadLineAndLeavesOutAnUnfinishedOne() throws {
    let line = try JSONEncoder().encode(SandboxLogEntry.sample(number: 1)) + Data("\n".utf8)
    #expect(try SandboxLog(decoding: Data()).entries.isEmpty)
    #expect(try SandboxLog(decoding: line + line.dropLast(4)).entries.count == 1)
    let error = #expect(throws: SandboxLog.MalformedLine.self) {
      _ = try SandboxLog(decoding: line + Data("no JSON\n".utf8))
    }
    #expect(error?.line == 2)
  }

  @Test func theReaderFindsByMarkerRoomAndBrand() {
    var entries = (1...4).map(SandboxLogEntry.sample)
    entries[1].room = "other"
    entries[2].brand = "other"
    entries[3].accepted = false
    let log = SandboxLog(entries: entries)
    #expect(log.accepted().count == 3)
    #expect(log.accepted(containing: "marker").count == 3)
    #expect(log.accepted(containing: "marker 2").map(\.number) == [2])
    #expect(log.accepted(room: "other").map(\.number) == [2])
    #expect(log.accepted(brand: "brand").map(\.number) == [1, 2])
  }

  @Test func momentsKeepTheirMilliseconds() throws {
    for milliseconds: Int64 in [0, 1, 999, 1_767_225_600_001, 1_767_225_600_123, 1_767_225_599_999, -1] {
      let moment = Moment(milliseconds: milliseconds)
      #expect(Moment(moment.description) == moment)
    }
    #expect(Moment(milliseconds: 1_767_225_600_123).description == "2026-01-01T00:00:00.123Z")
    #expect(Moment("2026-01-01T08:00:00+08:00")?.milliseconds == 1_767_225_600_000)
    #expect(Moment("yesterday") == nil)
  }
}

extension SandboxLogEntry {
  static func sample(number: Int) -> SandboxLogEntry {
    SandboxLogEntry(
      at: Moment(milliseconds: 1_767_225_600_000), number: number, endpoint: .send, robot: "r", room: "room",
      brand: "brand", type: "text", content: "marker \(number)", sha256: nil, bodyBytes: 1, readWhole: true,
      accepted: true, errcode: 0, fault: nil)
  }
}
