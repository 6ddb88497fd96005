import Foundation
import LocalServers
import Logging
import Postgres
import Tenancy

/// Everything that a demo or a bench runs on: private servers, an up-to-date database, and the product's processes.
struct Stage: Sendable {
  let home: URL
  let postgres: LocalPostgres
  let redis: LocalRedis
  let environment: [String: String]
  private let logger: Logger

  /// Starts the servers, empty, and brings the schemas up to date.
  static func start(home: URL, migrations: URL, logger: Logger) async throws -> Stage {
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    let folders = LocalFolders(home: home)
    // What the demo shows is what production does, so commits wait for the disk here too.
    let postgres = try await LocalPostgres.start(
      in: folders, settings: ["fsync": "on"], keepsData: false, logger: logger)
    let redis = try await LocalRedis.start(in: folders, keepsData: false, logger: logger)
    let stage = Stage(
      home: home, postgres: postgres, redis: redis,
      environment: [
        "DATABASE_URL": postgres.url(database: "nuanqun", user: "nuanqun_app"),
        "NUANQUN_OWNER_URL": postgres.url(database: "nuanqun"),
        "REDIS_URL": redis.url,
        "NUANQUN_MASTER_KEYS": MasterKeys.freshSetting(id: "demo"),
        "NUANQUN_MIGRATIONS": migrations.path,
      ], logger: logger)
    do {
      try await stage.createDatabase()
      let owner = try OwnerAccess(stage.deployment)
      _ = try await owner.migrator().run()
      await owner.close()
    } catch {
      await stage.stop()
      throw error
    }
    return stage
  }

  /// The settings as the stage's processes see them.
  var deployment: Deployment { Deployment(settings: Settings(environment: environment), logger: logger) }

  func process(_ arguments: [String], name: String, _ more: [String: String] = [:]) throws -> ChildProcess {
    let logs = home.appending(path: "logs")
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    return try ChildProcess.start(
      arguments, name: name, environment: environment.merging(more) { $1 }, logs: logs)
  }

  /// Starts a process that listens, and returns its address once it does.
  func start(
    _ verb: String, _ arguments: [String], _ more: [String: String] = [:], into processes: inout [ChildProcess]
  ) async throws -> String {
    let portFile = home.appending(path: "\(verb).port")
    try? FileManager.default.removeItem(at: portFile)
    let process = try process([verb, "--port-file", portFile.path] + arguments, name: verb, more)
    processes.append(process)
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if let port = try? String(contentsOf: portFile, encoding: .utf8) {
        return "http://127.0.0.1:\(port.trimmingCharacters(in: .whitespacesAndNewlines))"
      }
      guard process.isAlive else { throw DemoFailure("\(verb) ended: \(process.tail)") }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw DemoFailure("\(verb) did not listen within a minute: \(process.tail)")
  }

  func stop() async {
    try? await redis.stop()
    try? await postgres.stop()
  }

  private func createDatabase() async throws {
    let pool = PostgresPool(try PostgresConfiguration(postgres.url(database: "postgres")), logger: logger)
    try await pool.lease { connection in _ = try await connection.query(SQL(verbatim: "create database nuanqun")) }
    await pool.close()
  }
}
