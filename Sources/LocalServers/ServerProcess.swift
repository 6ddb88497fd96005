import Foundation
import Glibc
import Logging
import Subprocess
import SystemPackage

/// A server that runs as our child.
struct ServerProcess: Sendable {
  let identity: ProcessIdentity
  private let ending: Task<TerminationStatus, any Error>

  /// Starts a program in a place; it is up when `isReady` says so.
  ///
  /// If it does not get there within the limit, or the caller is cancelled, it is stopped again.
  static func start(
    _ program: FilePath, _ arguments: [String], in place: ServerPlace, folder: String = "/",
    within limit: Duration = .seconds(60), isReady: @Sendable () async -> Bool
  ) async throws -> ServerProcess {
    let logStart = size(of: place.log)
    let process = try await launch(program, arguments, in: place, folder: folder)
    do {
      let deadline = ContinuousClock.now + limit
      while await !isReady() {
        guard process.identity.isRunning else {
          throw LocalServersError.notStarted(
            server: place.name, problem: "it ended (\(try await process.ending.value))",
            log: tail(of: place.log, from: logStart))
        }
        guard ContinuousClock.now < deadline else {
          throw LocalServersError.notStarted(
            server: place.name, problem: "it did not answer within \(limit)", log: tail(of: place.log, from: logStart))
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      return process
    } catch {
      try? await process.stop(with: place.stopSignal, in: place)
      throw error
    }
  }

  /// Runs a program that prepares a place, to its end.
  static func run(_ program: FilePath, _ arguments: [String], in place: ServerPlace) async throws {
    let logStart = size(of: place.log)
    let status = try await launch(program, arguments, in: place, folder: "/").ending.value
    try place.record(nil)
    guard status.isSuccess else {
      throw LocalServersError.notStarted(
        server: place.name, problem: "\(program.lastComponent?.string ?? "") ended (\(status))",
        log: tail(of: place.log, from: logStart))
    }
  }

  private static func launch(
    _ program: FilePath, _ arguments: [String], in place: ServerPlace, folder: String
  ) async throws -> ServerProcess {
    let command = try await place.owner.command(program, arguments)
    // Nobody could find a server that starts while we are killed. So its process waits until it has been recorded, and
    // becomes the server then.
    let line = try ChildLine()
    let waiting = ["-c", #"read -r go && exec "$@" </dev/null"#, "launch"]
    let log = try FileDescriptor.open(
      FilePath(place.log), .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
    // `run` returns when the server has ended, so a task of its own waits for that, and reaps it.
    let started = AsyncThrowingStream<ProcessIdentity, any Error>.makeStream()
    let ending = Task { [input = line.standardInput] in
      do {
        let result = try await Subprocess.run(
          .path("/bin/sh"), arguments: Arguments(waiting + command), environment: environment,
          workingDirectory: FilePath(folder), platformOptions: ServerOwner.platformOptions,
          input: .fileDescriptor(input, closeAfterSpawningProcess: true),
          output: .fileDescriptor(log, closeAfterSpawningProcess: true), error: .combinedWithOutput
        ) { execution in
          if let identity = ProcessIdentity(running: execution.processIdentifier.value) {
            started.continuation.yield(identity)
          }
          started.continuation.finish()
        }
        return result.terminationStatus
      } catch {
        started.continuation.finish(throwing: error)
        throw error
      }
    }
    // Not a sequence's loop: that would end at our own cancellation, with the server running and nobody knowing it.
    let identity = try await Task { try await started.stream.first { _ in true } }.value
    guard let identity else {
      throw LocalServersError.notStarted(server: place.name, problem: "it ended at once", log: tail(of: place.log))
    }
    do {
      try place.record(identity)
      line.tell("go")
      return ServerProcess(identity: identity, ending: ending)
    } catch {
      await stop(identity, with: SIGKILL)
      throw error
    }
  }

  /// The servers' messages and times must not depend on the caller's language and zone.
  static let environment = Environment.custom([
    "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC",
  ])

  /// Asks the process to end, insists after a while, and returns when it has ended, even if the caller is cancelled.
  func stop(with signal: Int32, in place: ServerPlace) async throws {
    guard await Self.stop(identity, with: signal) else {
      throw LocalServersError.notStopped(server: place.name, process: identity.id)
    }
    _ = await ending.result
    try place.record(nil)
  }

  @discardableResult
  static func stop(_ process: ProcessIdentity, with signal: Int32) async -> Bool {
    await Task {
      let children = process.children
      // A server that is paused could not answer.
      for one in [process] + children { one.send(SIGCONT) }
      process.send(signal)
      if await !ends([process] + children, within: .seconds(30)) {
        for one in [process] + children { one.send(SIGKILL) }
      }
      return await ends([process] + children, within: .seconds(10))
    }.value
  }

  private static func ends(_ processes: [ProcessIdentity], within limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while processes.contains(where: \.isRunning) {
      guard ContinuousClock.now < deadline else { return false }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return true
  }

  /// Freezes the process and its children, or lets them go on.
  func send(toAll signal: Int32) {
    // The process before its children, so that it starts no new ones in between.
    identity.send(signal)
    for child in identity.children { child.send(signal) }
  }

  private static func size(of path: String) -> UInt64 {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
  }

  private static func tail(of path: String, from start: UInt64 = 0) -> String {
    guard let file = FileHandle(forReadingAtPath: path) else { return "" }
    defer { try? file.close() }
    guard let length = try? file.seekToEnd(), length > start else { return "" }
    try? file.seek(toOffset: max(start, length - min(length, 8192)))
    let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).suffix(15).joined(separator: "\n")
  }
}
