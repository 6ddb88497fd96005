import LocalServers
import Logging
import Postgres

/// PgBouncer in transaction mode before the shared server, with a single connection to it.
final class PrivatePooler: Sendable {
  private let local: LocalPgBouncer

  init(before server: PrivateServer) async throws {
    local = try await LocalPgBouncer.start(
      in: .temporary(), for: server.local, settings: ["default_pool_size": "1"], logger: .silent)
  }

  func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresConfiguration {
    var configuration = try PostgresConfiguration(local.url(database: "postgres"), profile: .pooler)
    change(&configuration)
    return configuration
  }

  func stop() async throws {
    try await local.stop()
  }
}
