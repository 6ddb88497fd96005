import Channels
import Community
import Foundation
import JobQueue
import Logging
import Polling
import Postgres
import Redis
import SpanLog
import Tenancy

/// Reads the settings into what the parts of a process are made of.
struct Deployment: Sendable {
  let settings: Settings
  let logger: Logger

  /// How statements reach the database.
  enum Profile: String, CaseIterable {
    case direct
    case pooler
  }

  /// The application's login.
  func database(name: String) throws -> PostgresConfiguration {
    let url = try settings.required(
      "DATABASE_URL", remedy: "give the application login's connection string, as postgres://nuanqun_app@host/nuanqun")
    var configuration = try Self.configuration("DATABASE_URL", url)
    configuration.profile =
      try settings.choice("NUANQUN_DATABASE_PROFILE", default: Profile.direct) == .pooler
      ? .pooler : .direct
    configuration.name = name
    configuration.applicationName = "nuanqun \(name)"
    configuration.limits.maximum = try settings.number("NUANQUN_DATABASE_CONNECTIONS", default: 16, in: 4...500)
    // A worker whose machine dies in the middle of a claim must not hold its channel for hours.
    configuration.timeouts.idleInTransaction = .seconds(120)
    return configuration
  }

  /// The owner's login, for migrations and for making brands: it must lead to the server itself, not to a pooler.
  func ownerDatabase() throws -> PostgresConfiguration? {
    guard let url = try settings.text("NUANQUN_OWNER_URL") else { return nil }
    var configuration = try Self.configuration("NUANQUN_OWNER_URL", url)
    configuration.name = "owner"
    configuration.applicationName = "nuanqun owner"
    configuration.limits.maximum = 10
    return configuration
  }

  func requiredOwnerDatabase() throws -> PostgresConfiguration {
    guard let configuration = try ownerDatabase() else {
      throw SettingError(
        name: "NUANQUN_OWNER_URL",
        problem: "is not set; give the connection string of the role that owns the schemas, directly to the server")
    }
    return configuration
  }

  private static func configuration(_ name: String, _ url: String) throws -> PostgresConfiguration {
    do {
      return try PostgresConfiguration(url)
    } catch {
      throw SettingError(name: name, problem: "is no connection string: \(error)")
    }
  }

  /// The role as which the application connects.
  func login() throws -> String {
    guard let user = try database(name: "login").user else {
      throw SettingError(name: "DATABASE_URL", problem: "names no user; write postgres://USER@host/database")
    }
    return user
  }

  func redis(name: String) throws -> RedisConfiguration {
    let url = try settings.required("REDIS_URL", remedy: "give redis://host:port/db or unix:///path")
    do {
      var configuration = try RedisConfiguration.parse(url: url)
      configuration.clientName = "nuanqun-\(name)"
      return configuration
    } catch {
      throw SettingError(name: "REDIS_URL", problem: "cannot be used: \(error)")
    }
  }

  func masterKeys() throws -> MasterKeys {
    let text = try settings.required(
      "NUANQUN_MASTER_KEYS", remedy: "give id:key, the key being 32 random bytes in base64 (openssl rand -base64 32)")
    do {
      return try MasterKeys(setting: text)
    } catch {
      throw SettingError(name: "NUANQUN_MASTER_KEYS", problem: "cannot be used: \(error)")
    }
  }

  /// The folder with `control`, `cell` and `brand`.
  func migrations() throws -> URL {
    URL(filePath: try settings.text("NUANQUN_MIGRATIONS") ?? "Migrations", directoryHint: .isDirectory)
  }

  func weComRobot() throws -> WeComRobot.Settings {
    var robot = WeComRobot.Settings()
    if let url = try settings.text("NUANQUN_WECOM_URL") {
      do {
        robot.baseURL = try BaseURL(url)
      } catch {
        throw SettingError(name: "NUANQUN_WECOM_URL", problem: "is no http or https address: \(error)")
      }
    }
    let window = try settings.seconds("NUANQUN_WECOM_WINDOW_SECONDS", default: 60, in: 1...3600)
    robot.rate = ChannelRate(limit: 20, per: window)
    robot.timeout = try settings.seconds("NUANQUN_WECOM_TIMEOUT_SECONDS", default: 10, in: 0.5...50)
    return robot
  }

  /// The most calls that the deployment makes to WeCom in a minute; nil when it may make as many as its robots.
  func weComCallsPerMinute() throws -> Int? {
    let name = "NUANQUN_WECOM_CALLS_PER_MINUTE"
    guard try settings.text(name) != nil else { return nil }
    return try settings.number(name, default: 1, in: 1...10_000_000)
  }

  /// How webhooks are asked; only of the open Internet, unless a test or a sandbox allows the machine itself.
  func webhooks() throws -> PublicHTTP {
    enum Reach: String, CaseIterable { case `public`, loopback }
    var http = PublicHTTP.Settings()
    http.allowsLoopback = try settings.choice("NUANQUN_WEBHOOKS_TO", default: Reach.public) == .loopback
    http.timeout = try settings.seconds("NUANQUN_WEBHOOK_TIMEOUT_SECONDS", default: 15, in: 0.5...60)
    return PublicHTTP(settings: http)
  }

  func worker() throws -> WorkerSettings {
    var worker = WorkerSettings(name: WorkerSettings.uniqueName())
    worker.slots = try settings.number("NUANQUN_WORKER_SLOTS", default: 32, in: 1...1000)
    worker.lease = try settings.seconds("NUANQUN_LEASE_SECONDS", default: 30, in: 2...3600)
    worker.heartbeat = try settings.seconds("NUANQUN_HEARTBEAT_SECONDS", default: 10, in: 0.2...1200)
    worker.sweep = try settings.seconds("NUANQUN_SWEEP_SECONDS", default: 5, in: 0.2...600)
    worker.compare = try settings.seconds("NUANQUN_COMPARE_SECONDS", default: 60, in: 0.5...3600)
    worker.tenantCap = try settings.number("NUANQUN_BRAND_CAP", default: 16, in: 1...100_000)
    worker.drain = try settings.seconds("NUANQUN_DRAIN_SECONDS", default: 25, in: 0...3600)
    guard worker.heartbeat * 2 < worker.lease else {
      throw SettingError(
        name: "NUANQUN_HEARTBEAT_SECONDS", problem: "must be less than half of NUANQUN_LEASE_SECONDS")
    }
    return worker
  }

  func timing() throws -> DispatchTiming {
    var timing = DispatchTiming()
    timing.firstByteDelay = try settings.seconds("NUANQUN_FIRST_BYTE_SECONDS", default: 5, in: 0.2...60)
    return timing
  }

  /// For how many days backups are kept, which an erasure names.
  func backupDays() throws -> Int {
    try settings.number("NUANQUN_BACKUP_DAYS", default: 35, in: 0...3650)
  }

  /// Where the API listens.
  func listen(defaultPort: Int = 8080) throws -> (host: String, port: Int) {
    try address("NUANQUN_LISTEN", try settings.text("NUANQUN_LISTEN") ?? "127.0.0.1:\(defaultPort)")
  }

  /// Where a worker shows its health and its metrics; nil where it does not.
  func workerListen() throws -> (host: String, port: Int)? {
    try settings.text("NUANQUN_WORKER_LISTEN").map { try address("NUANQUN_WORKER_LISTEN", $0) }
  }

  /// What writes the spans of traces; nil where none are wanted.
  func traces() throws -> LineTracer? {
    guard let path = try settings.text("NUANQUN_TRACES") else { return nil }
    do {
      return try LineTracer(appendingTo: path)
    } catch {
      throw SettingError(
        name: "NUANQUN_TRACES",
        problem: "names \(path), which cannot be opened; give a file that this user may write, or - for standard error")
    }
  }

  private func address(_ name: String, _ text: String) throws -> (host: String, port: Int) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 2, let last = parts.last, let port = Int(last), (0...65_535).contains(port) else {
      throw SettingError(name: name, problem: "is '\(text)'; give address:port, as 127.0.0.1:8080")
    }
    return (parts.dropLast().joined(separator: ":").trimmingCharacters(in: ["[", "]"]), port)
  }
}
