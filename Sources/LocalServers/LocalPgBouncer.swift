public import Foundation
import Glibc
public import Logging
import SystemPackage

/// A private PgBouncer in transaction mode before a private Postgres, on a Unix socket of its own.
///
/// It takes any user that may log in to the server, without a password. Like Postgres it refuses to run as root.
public actor LocalPgBouncer {
  /// The folder of the socket, for `host` in a connection string, with the port 6432.
  public nonisolated let socketDirectory: String
  /// The file to which PgBouncer writes its messages.
  public nonisolated let log: URL

  private let place: ServerPlace
  private let programs: (server: FilePath, probe: FilePath)
  private let logger: Logger
  private var process: ServerProcess?
  private var hasLeft = false

  /// Starts a pooler.
  ///
  /// - Parameters:
  ///   - folders: The home; only one pooler of one name runs in it at a time.
  ///   - postgres: The server behind it.
  ///   - name: Tells several poolers of one home apart.
  ///   - settings: As in the section `[pgbouncer]`, for example `["default_pool_size": "1"]`.
  public static func start(
    in folders: LocalFolders, for postgres: LocalPostgres, named name: String = "pgbouncer",
    settings: [String: String] = [:], logger: Logger = Logger(label: "local-servers")
  ) async throws -> LocalPgBouncer {
    let program = try await Programs.find("pgbouncer", package: "pgbouncer")
    let owner = try ServerOwner.unprivileged()
    let place = try await ServerPlace.claim(
      name, in: folders, keepsData: true, owner: owner, stopSignal: SIGTERM, logger: logger)
    do {
      let server = LocalPgBouncer(
        place: place, programs: (program, FilePath(postgres.programs).appending("pg_isready")), logger: logger)
      try await server.configure(settings, postgres: postgres.socketDirectory)
      try await server.launch()
      return server
    } catch {
      try? await place.leave()
      throw error
    }
  }

  private init(place: ServerPlace, programs: (FilePath, FilePath), logger: Logger) {
    self.place = place
    self.programs = programs
    self.logger = logger
    socketDirectory = place.runtime
    log = URL(filePath: place.log)
  }

  /// A connection string over the pooler's socket.
  public nonisolated func url(database: String, user: String = "postgres") -> String {
    postgresURL(database: database, user: user, socketDirectory: socketDirectory, port: "6432")
  }

  /// The number of the process, `nil` while the pooler is down.
  public var processIdentifier: Int32? {
    process.flatMap { $0.identity.isRunning ? $0.identity.id : nil }
  }

  /// Stops the pooler and closes its connections. Stopping twice does nothing.
  public func stop() async throws {
    // SIGINT would wait until every client has gone.
    try await halt(with: place.stopSignal)
    guard !hasLeft else { return }
    hasLeft = true
    try await place.leave()
  }

  /// Kills the pooler as `kill -9` does; `restart` brings it back.
  public func kill() async throws {
    try await halt(with: SIGKILL)
  }

  /// Stops the pooler, if it runs, and starts it again on the same socket.
  public func restart() async throws {
    try await halt(with: place.stopSignal)
    try await launch()
  }

  private var configuration: String { place.runtime + "/pgbouncer.ini" }

  private func configure(_ settings: [String: String], postgres: String) throws {
    var all = [
      "pool_mode": "transaction", "max_client_conn": "1000", "ignore_startup_parameters": "extra_float_digits",
    ]
    all.merge(settings) { $1 }
    let ours = [
      "listen_addr": "", "listen_port": "6432", "unix_socket_dir": place.runtime, "unix_socket_mode": "0700",
      "pidfile": place.pidFile, "auth_type": "trust", "auth_user": "postgres",
    ]
    all.merge(ours) { $1 }
    let lines = all.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
    try "[databases]\n* = host=\(postgres) port=5432\n\n[pgbouncer]\n\(lines)"
      .write(toFile: configuration, atomically: true, encoding: .utf8)
    // Written by us, read by the user as whom it runs; the folder is closed to everybody else.
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: configuration)
  }

  private func launch() async throws {
    process = try await ServerProcess.start(programs.server, [configuration], in: place) { [place, programs] in
      await isAccepting(programs.probe, socketDirectory: place.runtime, port: "6432")
    }
    logger.debug("PgBouncer runs", metadata: ["pid": "\(process?.identity.id ?? 0)", "socket": "\(socketDirectory)"])
  }

  private func halt(with signal: Int32) async throws {
    guard let process else { return }
    try await process.stop(with: signal, in: place)
    self.process = nil
  }
}
