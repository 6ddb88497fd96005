import LocalServers
import Logging
import Postgres

/// A Postgres server for the tests alone, empty at its start.
final class PrivateServer: Sendable {
  let local: LocalPostgres

  /// The server that most suites share; it ends with the tests' process.
  static let shared = Task.detached { try await PrivateServer() }

  init(settings: [String: String] = [:]) async throws {
    local = try await LocalPostgres.start(
      in: .temporary(), settings: settings, keepsData: false, logger: .silent)
  }

  func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresConfiguration {
    var configuration = try PostgresConfiguration(local.url(database: "postgres"))
    change(&configuration)
    return configuration
  }
}

extension Logger {
  static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
