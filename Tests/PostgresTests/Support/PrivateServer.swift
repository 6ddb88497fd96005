import Foundation
import Logging
import Polling
import Postgres

/// A Postgres server for the tests alone, on a Unix socket in a private folder.
final class PrivateServer: Sendable {
  private let process: Supervised

  /// The server that most suites share.
  static let shared = Task.detached { try await PrivateServer() }

  private static let binaries = "/usr/lib/postgresql/15/bin"

  init(settings: [String] = []) async throws {
    let options = ["fsync=off", "max_connections=200", "listen_addresses=", "log_min_messages=fatal"] + settings
    let flags = options.map { "-c \"\($0)\"" }.joined(separator: " ")
    process = try Supervised(
      prepare: "\(Self.binaries)/initdb -D data -U postgres --auth=trust --no-sync -E UTF8 --locale=C.UTF-8",
      command: "\(Self.binaries)/postgres -D data -k \"$D\" \(flags)")
    try process.order("start")
    try await waitUntilReady()
  }

  var folder: String { process.folder }
  var connectionString: String { "host=\(process.folder) user=postgres dbname=postgres" }

  func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresConfiguration {
    var configuration = try PostgresConfiguration(connectionString)
    change(&configuration)
    return configuration
  }

  /// Ends every process of the server at once, without a word to its clients.
  func stop() throws { try process.order("stop") }

  func start() throws { try process.order("start") }

  func waitUntilReady() async throws {
    let configuration = try configuration()
    try await eventuallySucceeds("the server accepts connections") {
      try await PostgresConnection.connect(configuration, logger: .silent).close()
    }
  }
}

extension Logger {
  static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
