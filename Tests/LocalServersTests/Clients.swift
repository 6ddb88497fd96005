import Foundation
import LocalServers
import Subprocess

/// What the servers' own command-line clients answer.
enum Clients {
  struct Failure: Error {
    let output: String
  }

  static func psql(_ server: LocalPostgres, _ sql: String) async throws -> String {
    try await psql(server.url(database: "postgres"), sql)
  }

  static func psql(_ url: String, _ sql: String) async throws -> String {
    try await run("psql", ["-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
  }

  static func redis(_ server: LocalRedis, _ words: String...) async throws -> String {
    try await run("redis-cli", ["-s", server.socket] + words)
  }

  private static func run(_ program: String, _ arguments: [String]) async throws -> String {
    let result = try await Subprocess.run(
      .name(program), arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .combinedWithOutput)
    guard result.terminationStatus.isSuccess else { throw Failure(output: result.standardOutput) }
    return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// Lends a test a home of its own, and takes it away afterwards, whatever happens.
func withTemporaryHome(_ body: (LocalFolders) async throws -> Void) async throws {
  let folders = try LocalFolders.temporary()
  do {
    try await body(folders)
  } catch {
    try? folders.remove()
    throw error
  }
  try folders.remove()
}

struct TimedOut: Error {}

/// Waits until something is so; the limit is generous, as it is only there to end a test that has failed.
func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TimedOut() }
    try await Task.sleep(for: .milliseconds(20))
  }
}
