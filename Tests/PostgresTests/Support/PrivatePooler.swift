import Foundation
import Postgres

/// PgBouncer in transaction mode before the shared server, with a single connection to it.
final class PrivatePooler: Sendable {
  private let process: Supervised

  init(before server: PrivateServer) async throws {
    process = try Supervised(
      prepare: """
        printf '"postgres" ""\\n' > users && cat > pooler.ini <<END
        [databases]
        * = host=\(server.folder) pool_size=1
        [pgbouncer]
        listen_addr =
        unix_socket_dir = $D
        auth_type = trust
        auth_file = $D/users
        pool_mode = transaction
        max_client_conn = 200
        END
        """,
      command: "/usr/sbin/pgbouncer -q pooler.ini")
    try process.order("start")
    let configuration = try configuration()
    try await eventuallySucceeds("the pooler accepts connections") {
      try await PostgresConnection.connect(configuration, logger: .silent).close()
    }
  }

  func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresConfiguration {
    var configuration = try PostgresConfiguration(
      "host=\(process.folder) port=6432 user=postgres dbname=postgres", profile: .pooler)
    change(&configuration)
    return configuration
  }
}
