import Foundation
import Glibc
import Subprocess
import SystemPackage

/// A copy of a server's data. It lies beside the data and is gone when the server stops for good.
public struct PostgresBackup: Sendable, Hashable {
  let folder: String
}

/// A place in a server's write-ahead log. What is committed before a position is part of a recovery up to it.
public struct PostgresPosition: Sendable, Hashable {
  let text: String
}

/// Going back, as after a disaster.
extension LocalPostgres {
  /// Takes a base backup while the server works.
  public func backup() async throws -> PostgresBackup {
    // What is needed to recover from here to any later position is kept from now on.
    try await sql("alter system set wal_keep_size = '4GB'")
    try await sql("select pg_reload_conf()")
    let folder = nextCopy()
    try await run(
      "pg_basebackup", "-h", socketDirectory, "-U", "postgres", "-D", folder, "--checkpoint=fast", "-X", "stream",
      "--no-sync")
    return PostgresBackup(folder: folder)
  }

  /// Copies the files while the server is down, and starts it again: what people do by hand.
  public func coldBackup() async throws -> PostgresBackup {
    try await halt(with: place.stopSignal)
    let folder = nextCopy()
    try await copy(place.data, to: folder)
    try await launch()
    return PostgresBackup(folder: folder)
  }

  /// The position now: whatever has been committed lies before it.
  public func position() async throws -> PostgresPosition {
    let position = PostgresPosition(text: try await sql("select pg_current_wal_flush_lsn()"))
    // A recovery up to there fails where nothing comes after it.
    try await sql("select pg_logical_emit_message(true, 'position', '')")
    return position
  }

  /// Stops the server as a crash does, replaces its data by a backup, and starts it.
  ///
  /// - Parameters:
  ///   - position: With one, it recovers up to there, as after a restore to a point in time, and begins another timeline.
  ///     Without one, the files are simply put back: it knows nothing of what came after the backup, on the same timeline.
  ///   - downtime: How long it stays down.
  public func restore(
    _ backup: PostgresBackup, upTo position: PostgresPosition? = nil, downtime: Duration = .zero
  ) async throws {
    try await halt(with: SIGQUIT)
    let lost = nextCopy()
    guard rename(place.data, lost) == 0 else {
      throw LocalServersError.system(action: "rename \(place.data)", code: errno)
    }
    try await copy(backup.folder, to: place.data)
    if let position { try prepareRecovery(to: position, logs: lost + "/pg_wal") }
    try await Task.sleep(for: downtime)
    try await launch()
    while try await sql("select pg_is_in_recovery()") == "t" { try await Task.sleep(for: .milliseconds(50)) }
    try forget(lost)
  }

  /// Deletes a backup that is no longer wanted, where many are taken.
  public func discard(_ backup: PostgresBackup) throws {
    try forget(backup.folder)
  }

  private func forget(_ folder: String) throws {
    try removeIfPresent(folder)
    copies.removeAll { $0 == folder }
  }

  private func prepareRecovery(to position: PostgresPosition, logs: String) throws {
    let settings = """

      restore_command = 'cp "\(logs)/%f" "%p"'
      recovery_target_lsn = '\(position.text)'
      recovery_target_inclusive = off
      recovery_target_action = promote
      """
    let file = try FileHandle(forWritingTo: URL(filePath: place.data + "/postgresql.auto.conf"))
    try file.seekToEnd()
    try file.write(contentsOf: Data((settings + "\n").utf8))
    try file.close()
    try Data().write(to: URL(filePath: place.data + "/recovery.signal"))
  }

  private func nextCopy() -> String {
    copyCount += 1
    let folder = "\(place.data).copy\(copyCount)"
    copies.append(folder)
    return folder
  }

  private func copy(_ folder: String, to other: String) async throws {
    try await run(FilePath("/bin/cp"), ["-a", folder, other])
  }

  @discardableResult
  private func sql(_ statement: String) async throws -> String {
    try await run("psql", "-h", socketDirectory, "-U", "postgres", "-d", "postgres", "-XAtc", statement)
  }

  @discardableResult
  private func run(_ program: String, _ arguments: String...) async throws -> String {
    try await run(FilePath(programs).appending(program), arguments)
  }

  /// Runs a program to its end, as the server's user.
  @discardableResult
  private func run(_ program: FilePath, _ arguments: [String]) async throws -> String {
    let command = try await place.owner.command(program, arguments)
    let result = try await Subprocess.run(
      .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
      environment: ServerProcess.environment, workingDirectory: "/", output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw LocalServersError.notStarted(
        server: place.name, problem: "\(program.lastComponent?.string ?? "") ended (\(result.terminationStatus))",
        log: result.standardError)
    }
    return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
