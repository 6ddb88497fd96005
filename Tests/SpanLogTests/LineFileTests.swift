import Dispatch
import Foundation
import Glibc
import NIOConcurrencyHelpers
import Testing
import Tracing

@testable import SpanLog

@Suite struct LineFileTests {
  /// As the API and several workers do with one file.
  @Test func severalWritersAppendWholeLines() throws {
    try withPath { path in
      try Data("what stood there\n".utf8).write(to: URL(filePath: path))
      let tracers = try (0..<3).map { _ in try LineTracer(appendingTo: path) }
      DispatchQueue.concurrentPerform(iterations: 600) { tracers[$0 % 3].startSpan("span").end() }
      for tracer in tracers { tracer.forceFlush() }
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 601 && lines[0] == "what stood there")
      for line in lines.dropFirst() { #expect(line.hasPrefix("{") && line.hasSuffix("}")) }
      #expect(tracers.map(\.dropped) == [0, 0, 0])
    }
  }

  @Test func aFullDiskCostsSpansAndNothingElse() throws {
    let tracer = try LineTracer(appendingTo: "/dev/full")
    for _ in 0..<5 { tracer.startSpan("lost").end() }
    tracer.forceFlush()
    #expect(tracer.dropped == 5)
  }

  /// A pipe that nobody empties takes some and loses the others, whole lines of them.
  @Test func whatIsFullForAWhileGoesOnWithALineOfItsOwn() throws {
    try withPath { path in
      try #require(mkfifo(path, 0o600) == 0)
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      let file = try LineFile(path)
      let line = Data(String(repeating: "x", count: 9_999).utf8) + Data("\n".utf8)
      var written = 0
      while file.append(line) { written += 1 }
      try #require(written > 0)
      let first = Self.drain(reader)
      #expect(file.append(Data("{}\n".utf8)))
      let lines = String(decoding: first + Self.drain(reader), as: UTF8.self).split(separator: "\n")
      #expect(lines.filter { $0.count == 9_999 }.count == written)
      #expect(lines.last == "{}")
    }
  }

  @Test func aReaderThatIsGoneCostsSpansAndNothingElse() throws {
    try withPath { path in
      try #require(mkfifo(path, 0o600) == 0)
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      let tracer = try LineTracer(appendingTo: path)
      close(reader)
      tracer.startSpan("lost").end()
      tracer.forceFlush()
      #expect(tracer.dropped == 1)
    }
  }

  @Test func spansThatNobodyTakesUpInTimeAreLost() {
    let (isStuck, isFree) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let written = NIOLockedValueBox(0)
    let tracer = LineTracer(
      LineWriter(limit: 10) { _ in
        if written.withLockedValue({
          $0 += 1; return $0
        }) == 1 {
          isStuck.signal()
          isFree.wait()
        }
        return true
      })
    tracer.startSpan("stuck").end()
    isStuck.wait()
    for _ in 0..<25 { tracer.startSpan("waiting").end() }
    #expect(tracer.dropped == 15)
    isFree.signal()
    tracer.forceFlush()
    #expect(written.withLockedValue { $0 } == 11)
  }

  @Test func aFileThatCannotBeOpenedIsAnError() {
    #expect(throws: (any Error).self) { try LineTracer(appendingTo: "/nonexistent/spans") }
  }

  private static func drain(_ descriptor: Int32) -> Data {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
      data.append(contentsOf: buffer[..<count])
    }
    return data
  }

  private func withPath(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "spans-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }
}
