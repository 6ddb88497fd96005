import Foundation
import Glibc

/// What a search came to.
enum Verdict: Equatable, Sendable {
  /// Every state was looked at, and nothing forbidden was found.
  case holds
  /// Something forbidden was found: the name of the assertion, or `invalid end state`.
  case fails(String)
  /// It ended before either was known.
  case open

  init(_ output: String) {
    if let match = output.firstMatch(of: #/assertion violated +!\((\w+)\)/#) {
      self = .fails(String(match.1))
    } else if output.contains("invalid end state (") {
      self = .fails("invalid end state")
    } else if output.contains(#/errors: 0\n/#), output.contains("states, stored"), !Self.isCutShort(output) {
      self = .holds
    } else {
      self = .open
    }
  }

  private static func isCutShort(_ output: String) -> Bool {
    ["Search not completed", "max search depth too small", "out of memory"].contains { output.contains($0) }
  }
}

/// A search of the model: spin writes a C program for one configuration, and that program looks at every state.
enum ModelSearch {
  static func run(_ configuration: Configuration, of model: URL) async throws -> (verdict: Verdict, output: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nuanqun-model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    let macros = configuration.macros.map { "-D\($0)" }
    let written = try await Tool.run("spin", macros + ["-a", model.path], in: folder)
    guard written.status == 0 else { throw Tool.Failure(tool: "spin", output: written.output) }
    // Not optimised: that would take longer than most searches do.
    let compiled = try await Tool.run("gcc", ["-w", "-DSAFETY", "-DMEMLIM=3500", "-o", "pan", "pan.c"], in: folder)
    guard compiled.status == 0 else { throw Tool.Failure(tool: "gcc", output: compiled.output) }
    let searched = try await Tool.run(folder.appending(path: "pan").path, ["-m20000"], in: folder)
    return (Verdict(searched.output), searched.output)
  }
}

/// A program that runs to its end.
enum Tool {
  struct Failure: Error, CustomStringConvertible {
    let tool: String
    let output: String

    var description: String { "\(tool) could not read what it was given:\n\(output)" }
  }

  struct Missing: Error, CustomStringConvertible {
    let tool: String

    var description: String { "\(tool) is not installed; bin/setup installs it" }
  }

  static func run(
    _ program: String, _ arguments: [String], in folder: URL
  ) async throws -> (status: Int32, output: String) {
    let outcome: Result<(Int32, String), any Error> = await withCheckedContinuation { continuation in
      // A thread of its own may block.
      Thread.detachNewThread {
        continuation.resume(returning: Result { try runHere(program, arguments, in: folder) })
      }
    }
    let (status, output) = try outcome.get()
    // That is how `env` says that there is no such program.
    guard status != 127 else { throw Missing(tool: program) }
    return (status, output)
  }

  private static func runHere(_ program: String, _ arguments: [String], in folder: URL) throws -> (Int32, String) {
    // Threads of the cooperative pool, and those they start, block signals, and a child inherits that: it could not be
    // stopped.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
