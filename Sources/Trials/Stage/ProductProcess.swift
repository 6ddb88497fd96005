import Foundation
import Glibc

/// One of the product's own processes, of the build that the caller belongs to; what it writes goes to a file.
///
/// It ends by itself soon after this process, should that be killed.
struct ProductProcess: Sendable {
  let pid: pid_t
  let log: URL
  private let process: Process

  /// Starts `nuanqun` with arguments and settings; the caller's own settings do not reach it.
  ///
  /// The program lies beside the one that runs now, which may be a bundle of tests, or itself.
  static func start(_ arguments: [String], environment: [String: String], log: URL) throws -> ProductProcess {
    if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
    let output = try FileHandle(forWritingTo: log)
    try output.seekToEnd()
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "nuanqun")
    process.arguments = arguments
    process.environment = environment.merging(["PATH": "/usr/bin:/bin", "NUANQUN_PARENT": "\(getpid())"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try output.close()
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
