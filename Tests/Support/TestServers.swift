import Foundation
public import LocalServers
public import Logging
import Postgres
import Tenancy

/// The private Postgres and Redis of a test run: started by the first test that asks, gone when the process is.
public actor TestServers {
  /// The servers of this process.
  public static let shared = TestServers()

  private var starting: Task<(LocalPostgres, LocalRedis), any Error>?
  private let keepsData: Bool
  private var template: Task<Void, any Error>?

  /// Servers of their own, for a test that breaks them; stop them when it is done.
  ///
  /// - Parameter keepsData: commits wait for the disk, as in production.
  public init(keepsData: Bool = false) {
    self.keepsData = keepsData
  }

  /// Ends the servers, if they were started.
  public func stop() async throws {
    guard let (postgres, redis) = try await starting?.value else { return }
    try await redis.stop()
    try await postgres.stop()
  }

  /// The servers.
  public func servers() async throws -> (postgres: LocalPostgres, redis: LocalRedis) {
    if starting == nil {
      starting = Task { [keepsData] in
        let folders = try LocalFolders.temporary()
        let settings = ["max_connections": "400", "max_locks_per_transaction": "256"]
        return (
          try await LocalPostgres.start(in: folders, settings: settings, keepsData: keepsData),
          try await LocalRedis.start(in: folders, keepsData: keepsData)
        )
      }
    }
    guard let starting else { throw CancellationError() }
    return try await starting.value
  }

  /// Makes a database with up-to-date schemas, a copy of one that was migrated once.
  func makeDatabase(_ name: String) async throws {
    let (postgres, _) = try await servers()
    if template == nil { template = Task { try await makeTemplate(on: postgres) } }
    try await template?.value
    try await run(SQL(verbatim: "create database \(name) template nuanqun_template"), on: postgres)
    // A copy does not take the rights on the database itself along.
    try await run("revoke temporary on database \(identifier: name) from public", on: postgres)
  }

  private func makeTemplate(on postgres: LocalPostgres) async throws {
    try await run(SQL(verbatim: "create database nuanqun_template"), on: postgres)
    let url = postgres.url(database: "nuanqun_template")
    let pool = PostgresPool(try PostgresConfiguration(url), logger: .quiet)
    let migrator = Migrator(
      control: pool, cells: [Cells.first: pool], login: TestDeployment.login, folder: TestDeployment.migrations,
      logger: .quiet)
    _ = try await migrator.run()
    await pool.close()
  }

  private func run(_ sql: SQL, on postgres: LocalPostgres) async throws {
    let pool = PostgresPool(try PostgresConfiguration(postgres.url(database: "postgres")), logger: .quiet)
    try await pool.lease { connection in _ = try await connection.query(sql) }
    await pool.close()
  }
}

extension Logger {
  /// Says nothing below an error, so that a test that breaks things on purpose is readable.
  public static var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }
}
