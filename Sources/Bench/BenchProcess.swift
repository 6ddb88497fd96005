import Foundation

/// Another tool could not be measured.
struct BenchFailure: Error, CustomStringConvertible {
  let description: String
}

/// Runs other tools.
enum BenchProcess {
  /// Runs a tool to its end, on a thread that may block, and returns what it printed.
  ///
  /// - Parameter mixed: whether what it says on standard error belongs to it; else that is shown as it comes.
  static func output(of path: URL, _ arguments: [String], mixed: Bool) async throws -> String {
    let outcome: Result<(Int32, String), any Error> = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          returning: Result {
            // Threads of the cooperative pool, and those they start, block signals, and a child inherits that: pgbench
            // would never hear the alarm that ends it.
            var none = sigset_t()
            sigemptyset(&none)
            pthread_sigmask(SIG_SETMASK, &none, nil)
            let process = Process()
            let output = Pipe()
            process.executableURL = path
            process.arguments = arguments
            process.standardOutput = output
            if mixed { process.standardError = output }
            try process.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: text, as: UTF8.self))
          })
      }
    }
    let (status, text) = try outcome.get()
    guard status == 0 else {
      throw BenchFailure(description: "\(path.lastPathComponent) ended with \(status): \(text)")
    }
    return text
  }
}
