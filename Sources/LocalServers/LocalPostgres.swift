public import Foundation
import Glibc
public import Logging
import Subprocess
import SystemPackage

/// A private Postgres: UTF-8, the zone UTC, no TCP port, and a Unix socket that only its user and root can reach.
///
/// As Postgres refuses to run as root, it runs as the user `postgres` when the caller is root. It ends with `stop`, and by
/// itself soon after the process that started it has ended without doing so.
public actor LocalPostgres {
  /// The folder of the socket, for `host` in a connection string.
  public nonisolated let socketDirectory: String
  /// The folder of Postgres' own programs (psql, pgbench, pg_dump), which fit the server's version.
  public nonisolated let programs: String
  /// The file to which the server writes its messages.
  public nonisolated let log: URL

  let place: ServerPlace
  private let arguments: [String]
  private let logger: Logger
  private var process: ServerProcess?
  private var hasLeft = false
  /// Folders beside the data: backups, and the logs of a history that was left.
  var copies: [String] = []
  var copyCount = 0

  /// Starts a server, after making its data folder if there is none yet, which takes about a second.
  ///
  /// - Parameters:
  ///   - folders: The home; only one server of one name runs in it at a time.
  ///   - name: Tells several servers of one home apart.
  ///   - settings: As in postgresql.conf, for example `["max_connections": "50"]`.
  ///   - keepsData: With `false` the server begins empty, loses its data at `stop`, and does not wait for the disk
  ///     (`fsync` is off unless `settings` says otherwise); data that was kept before is not touched.
  public static func start(
    in folders: LocalFolders, named name: String = "postgres", settings: [String: String] = [:],
    keepsData: Bool = true, logger: Logger = Logger(label: "local-servers")
  ) async throws -> LocalPostgres {
    let owner = try ServerOwner.unprivileged()
    let place = try await ServerPlace.claim(
      name, in: folders, keepsData: keepsData, owner: owner, stopSignal: SIGINT, logger: logger)
    do {
      let programs = try await PostgresData.prepare(in: place)
      var all = ["max_connections": "200", "max_locks_per_transaction": "256", "log_line_prefix": "%m [%p] %u@%d "]
      if !keepsData { all["fsync"] = "off" }
      all.merge(settings) { $1 }
      let server = LocalPostgres(place: place, programs: programs, settings: all, logger: logger)
      try await server.launch()
      return server
    } catch {
      try? await place.leave()
      throw error
    }
  }

  private init(
    place: ServerPlace, programs: FilePath, settings: [String: String], logger: Logger
  ) {
    self.place = place
    self.programs = programs.string
    self.logger = logger
    socketDirectory = place.runtime
    log = URL(filePath: place.log)
    // Ours come last, so that no setting opens a port or moves the socket.
    let ours = [
      "listen_addresses": "", "unix_socket_directories": place.runtime, "unix_socket_permissions": "0700",
      "port": "5432",
      "external_pid_file": place.pidFile, "timezone": "UTC", "log_timezone": "UTC", "logging_collector": "off",
    ]
    arguments =
      ["-D", place.data]
      + settings.merging(ours) { $1 }.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
  }

  /// A connection string over the socket.
  public nonisolated func url(database: String, user: String = "postgres") -> String {
    postgresURL(database: database, user: user, socketDirectory: socketDirectory, port: nil)
  }

  /// The number of the main process, `nil` while the server is down.
  public var processIdentifier: Int32? {
    process.flatMap { $0.identity.isRunning ? $0.identity.id : nil }
  }

  /// Stops the server and closes its connections; running statements fail. Stopping twice does nothing.
  public func stop() async throws {
    try await halt(with: place.stopSignal)
    guard !hasLeft else { return }
    hasLeft = true
    for copy in copies { try removeIfPresent(copy) }
    try await place.leave()
  }

  /// Stops the server, if it runs, and starts it again with the same data and the same socket.
  ///
  /// - Parameters:
  ///   - immediate: Stops as a crash would: without a checkpoint, so that the start has to recover.
  ///   - downtime: How long it stays down.
  public func restart(immediate: Bool = false, downtime: Duration = .zero) async throws {
    try await halt(with: immediate ? SIGQUIT : place.stopSignal)
    try await Task.sleep(for: downtime)
    try await launch()
  }

  /// Kills the server as `kill -9` does, and returns when its children have noticed; `restart` brings it back.
  public func kill() async throws {
    try await halt(with: SIGKILL)
  }

  /// Freezes the server with all its connections: a stand-in for a network that hangs.
  public func pause() {
    process?.send(toAll: SIGSTOP)
  }

  /// Lets a paused server go on.
  public func resume() {
    process?.send(toAll: SIGCONT)
  }

  func launch() async throws {
    let probe = FilePath(programs).appending("pg_isready")
    process = try await ServerProcess.start(FilePath(programs).appending("postgres"), arguments, in: place) { [place] in
      await isAccepting(probe, socketDirectory: place.runtime, port: "5432")
    }
    logger.debug(
      "Postgres runs", metadata: ["pid": "\(process?.identity.id ?? 0)", "socket": "\(socketDirectory)"])
  }

  func halt(with signal: Int32) async throws {
    guard let process else { return }
    try await process.stop(with: signal, in: place)
    self.process = nil
  }
}
