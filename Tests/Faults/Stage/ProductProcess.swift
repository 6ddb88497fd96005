import Foundation
import Glibc

/// One of the product's own processes, of the build that these tests belong to; what it writes goes to a file.
///
/// It ends by itself soon after this process, should that be killed.
struct ProductProcess: Sendable {
  let pid: pid_t
  let log: URL
  private let process: Process

  /// Starts `nuanqun` with arguments and settings; the caller's own settings do not reach it.
  static func start(_ arguments: [String], environment: [String: String], log: URL) throws -> ProductProcess {
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "nuanqun")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
      .merging(environment) { $1 }
      .merging(["NUANQUN_PARENT": "\(getpid())"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return ProductProcess(pid: process.processIdentifier, log: log, process: process)
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) {
    if process.isRunning { kill(pid, signal) }
  }

  /// The code with which the process ends, or the signal that ended it with a minus sign.
  func end(within limit: Duration) async throws -> Int32 {
    try await eventually(within: limit) { !process.isRunning }
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  /// Ends the process in good order, or else by force.
  func stop() async {
    // A frozen one could not hear it.
    send(SIGCONT)
    send(SIGTERM)
    if (try? await end(within: .seconds(40))) == nil { send(SIGKILL) }
  }

  /// Its last lines, for the report of a failure.
  var tail: String {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(20).joined(separator: "\n")
  }
}

struct TimedOut: Error {}

/// Waits until something is so; the limit is generous, as it is only there to end a test that has failed.
func eventually(
  within limit: Duration = .seconds(90), isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TimedOut() }
    try await Task.sleep(for: .milliseconds(20))
  }
}
