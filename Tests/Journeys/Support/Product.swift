import Foundation
import Glibc

/// The command, of the build that these tests belong to, as somebody would start it in a terminal.
struct Product: Sendable {
  let pid: pid_t
  private let process: Process
  private let streams: URL

  /// Starts it with arguments and settings; the caller's own settings do not reach it.
  static func start(_ arguments: [String], _ settings: [String: String] = [:]) throws -> Product {
    let streams = FileManager.default.temporaryDirectory.appending(path: "nuanqun-journey-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "nuanqun")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }.merging(settings) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.file(streams.appending(path: "output"))
    process.standardError = try Self.file(streams.appending(path: "errors"))
    try process.run()
    return Product(pid: process.processIdentifier, process: process, streams: streams)
  }

  private static func file(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  /// What it came to.
  struct End {
    /// The exit code, or the signal that ended it with a minus sign.
    let code: Int32
    let output: String
    let errors: String

    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// Runs it to its end.
  static func run(
    _ arguments: [String], _ settings: [String: String] = [:], within limit: Duration = .seconds(60)
  ) async throws -> End {
    let product = try start(arguments, settings)
    do {
      try await eventually(within: limit) { !product.isRunning }
    } catch {
      product.send(SIGKILL)
      throw error
    }
    return try product.end()
  }

  var isRunning: Bool { process.isRunning }

  /// What it has written to its standard output up to now.
  var output: String { read("output") }

  func send(_ signal: Int32) {
    if process.isRunning { kill(pid, signal) }
  }

  /// What it came to; it must have ended.
  func end() throws -> End {
    let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    let end = End(code: code, output: output, errors: read("errors"))
    try FileManager.default.removeItem(at: streams)
    return end
  }

  private func read(_ name: String) -> String {
    (try? String(contentsOf: streams.appending(path: name), encoding: .utf8)) ?? ""
  }
}

struct TimedOut: Error {}

/// Waits until something is so; the limit is generous, as it is only there to end a test that has failed.
func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TimedOut() }
    try await Task.sleep(for: .milliseconds(50))
  }
}
