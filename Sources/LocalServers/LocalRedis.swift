public import Foundation
import Glibc
public import Logging
import Subprocess
import SystemPackage

/// A private Redis without a TCP port, on a Unix socket that only the caller can reach.
///
/// It keeps an append-only file that is synced every second, and refuses writes rather than evict when it has a limit of
/// memory. It ends with `stop`, and by itself soon after the process that started it has ended without doing so.
public actor LocalRedis {
  /// The path of the socket.
  public nonisolated let socket: String
  /// The file to which the server writes its messages.
  public nonisolated let log: URL

  private let place: ServerPlace
  private let programs: (server: FilePath, client: FilePath)
  private let logger: Logger
  private var process: ServerProcess?
  private var hasLeft = false

  /// Starts a server.
  ///
  /// - Parameters:
  ///   - folders: The home; only one server of one name runs in it at a time.
  ///   - name: Tells several servers of one home apart.
  ///   - settings: As in redis.conf, for example `["maxmemory": "100mb"]`.
  ///   - keepsData: With `false` the server begins empty and loses its data at `stop`; data that was kept before is not
  ///     touched.
  public static func start(
    in folders: LocalFolders, named name: String = "redis", settings: [String: String] = [:],
    keepsData: Bool = true, logger: Logger = Logger(label: "local-servers")
  ) async throws -> LocalRedis {
    let programs = (
      try await Programs.find("redis-server", package: "redis-server"),
      try await Programs.find("redis-cli", package: "redis-tools")
    )
    let place = try await ServerPlace.claim(
      name, in: folders, keepsData: keepsData, owner: .caller, stopSignal: SIGTERM, logger: logger)
    do {
      let server = LocalRedis(place: place, programs: programs, logger: logger)
      try await server.configure(settings)
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
    socket = place.runtime + "/redis.sock"
    log = URL(filePath: place.log)
  }

  /// The server's address, `unix:///…`.
  public nonisolated var url: String { "unix://" + socket }

  /// The number of the process, `nil` while the server is down.
  public var processIdentifier: Int32? {
    process.flatMap { $0.identity.isRunning ? $0.identity.id : nil }
  }

  /// Stops the server; what it has acknowledged is on the disk. Stopping twice does nothing.
  public func stop() async throws {
    try await halt(with: place.stopSignal)
    guard !hasLeft else { return }
    hasLeft = true
    try await place.leave()
  }

  /// Kills the server as `kill -9` does; `restart` brings it back.
  public func kill() async throws {
    try await halt(with: SIGKILL)
  }

  /// Stops the server, if it runs, and starts it again on the same socket.
  ///
  /// - Parameters:
  ///   - keepingData: With `false` it comes back empty, as after the loss of its disk.
  ///   - downtime: How long it stays down.
  public func restart(keepingData: Bool, downtime: Duration = .zero) async throws {
    try await halt(with: place.stopSignal)
    if !keepingData { try removeIfPresent(place.data) }
    try await Task.sleep(for: downtime)
    try await launch()
  }

  /// Freezes the server with all its connections: a stand-in for a network that hangs.
  public func pause() {
    process?.send(toAll: SIGSTOP)
  }

  /// Lets a paused server go on.
  public func resume() {
    process?.send(toAll: SIGCONT)
  }

  private var configuration: String { place.runtime + "/redis.conf" }

  private func configure(_ settings: [String: String]) throws {
    var all = ["appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": ""]
    all.merge(settings) { $1 }
    // Ours come last, so that no setting opens a port or moves the socket. The process has to keep the command line with
    // which a later run would recognise it.
    let ours = [
      "port": "0", "unixsocket": socket, "unixsocketperm": "700", "pidfile": place.pidFile, "daemonize": "no",
      "set-proc-title": "no", "dir": "./",
    ]
    all.merge(ours) { $1 }
    let lines = all.sorted { $0.key < $1.key }.map { key, value in
      let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\(key) \"\(quoted)\"\n"
    }
    try lines.joined().write(toFile: configuration, atomically: true, encoding: .utf8)
  }

  private func launch() async throws {
    try makeFolder(place.data)
    // Its data is named by the working directory, which spares us the quoting of a path.
    process = try await ServerProcess.start(
      programs.server, [configuration], in: place, folder: place.data
    ) { [client = programs.client, socket] in
      let answer = try? await Subprocess.run(
        .path(client), arguments: ["-s", socket, "ping"], environment: ServerProcess.environment,
        workingDirectory: "/", output: .string(limit: 1024))
      return answer?.standardOutput.hasPrefix("PONG") ?? false
    }
    logger.debug("Redis runs", metadata: ["pid": "\(process?.identity.id ?? 0)", "socket": "\(socket)"])
  }

  private func halt(with signal: Int32) async throws {
    guard let process else { return }
    try await process.stop(with: signal, in: place)
    self.process = nil
  }
}
