import Foundation
import Glibc
import LocalServers

/// A worker's place: ways to Redis and Postgres that are its own, a clock of its own, and the process that sits there now.
actor WorkerSeat {
  nonisolated let number: Int
  /// The way to Redis.
  nonisolated let redis: Link
  /// The way to Postgres.
  nonisolated let postgres: Link
  /// The wall clock.
  nonisolated let clock: ShiftedClock

  private let settings: [String: String]
  private let log: URL
  private var process: ProductProcess?

  /// Makes an empty place in a folder of its own.
  init(
    number: Int, in home: URL, postgres: LocalPostgres, database: String, login: String, redis: LocalRedis,
    settings: [String: String]
  ) throws {
    let folder = home.appending(path: "seat\(number)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (toRedis, toPostgres) = (folder.path + "/redis.sock", folder.path + "/.s.PGSQL.5432")
    self.number = number
    self.redis = try Link(from: toRedis, to: redis.socket)
    self.postgres = try Link(from: toPostgres, to: postgres.socketDirectory + "/.s.PGSQL.5432")
    clock = try ShiftedClock(in: folder)
    log = folder.appending(path: "worker.log")
    let host = folder.path.replacing("/", with: "%2F")
    self.settings = settings.merging([
      "DATABASE_URL": "postgresql://\(login)@\(host)/\(database)", "REDIS_URL": "unix://\(toRedis)",
      "LD_PRELOAD": clock.library.path,
    ]) { $1 }
  }

  /// Seats a worker.
  @discardableResult
  func start() throws -> ProductProcess {
    let process = try ProductProcess.start(["worker"], environment: settings, log: log)
    self.process = process
    return process
  }

  /// Kills the worker as `kill -9` does, and returns its process's number. The place is empty then.
  func kill() async throws -> pid_t {
    let process = try sitting()
    process.send(SIGKILL)
    _ = try await process.end(within: .seconds(30))
    self.process = nil
    return process.pid
  }

  /// Lets the worker stand still for a while, and go on.
  func freeze(for time: Duration, meanwhile look: @Sendable (pid_t) async -> Void) async throws {
    let process = try sitting()
    let end = ContinuousClock.now + time
    process.send(SIGSTOP)
    await look(process.pid)
    try await Task.sleep(until: end)
    process.send(SIGCONT)
  }

  /// The worker that sits here. No fault makes one end by itself.
  func sitting() throws -> ProductProcess {
    guard let process else { throw TrialFailure("nobody sits at place \(number)") }
    guard process.isRunning else {
      throw TrialFailure("worker \(number) ended by itself:\n\(process.tail)")
    }
    return process
  }

  func stop() async {
    await process?.stop()
    redis.close()
    postgres.close()
  }

  /// The worker's last lines.
  var tail: String { process?.tail ?? "" }
}
