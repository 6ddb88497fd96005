import Community
import Foundation
import LocalServers
import Logging
import Postgres
import Tenancy

/// A whole small deployment of its own: servers that a trial may stop and kill, the sandbox, brands of one agency, and
/// the product's processes, with settings so short that what takes minutes in production takes seconds here.
actor FaultStage {
  /// What may differ between stages.
  struct Setting {
    let migrations: URL
    var brands = 1
    var rooms = 50
    var plans = 3
    /// The platform's window in seconds, in which a robot may send twenty messages.
    var window = 60
    var settings: [String: String] = [:]
  }

  nonisolated let postgres: LocalPostgres
  nonisolated let redis: LocalRedis
  nonisolated let sandbox: SandboxProcess
  nonisolated let brands: [FaultBrand]
  nonisolated let setting: Setting
  /// As the owner of all, who may switch off what guards the data.
  nonisolated let owner: PostgresPool
  private(set) var workers: [ProductProcess] = []
  private(set) var seats: [WorkerSeat] = []
  private var api: (process: ProductProcess, address: String)?

  /// How many sends a worker has under way at most.
  static let slots = 8
  /// How long a lease lasts.
  static let lease = Duration.seconds(3)

  private static let (database, login) = ("nuanqun", "nuanqun_app")

  private let home: URL
  /// As the product's own login.
  nonisolated let pool: PostgresPool
  private let settings: [String: String]
  private let agency: Agency

  /// Lends a stage, and takes all of it away afterwards, whatever happens.
  static func with<Result>(_ setting: Setting, _ body: (FaultStage) async throws -> Result) async throws -> Result {
    let folders = try LocalFolders.temporary()
    var servers: [@Sendable () async throws -> Void] = []
    do {
      // It keeps its data as a real one does, with commits that wait for the disk: a restart must find them.
      let postgres = try await LocalPostgres.start(in: folders)
      servers.append { try await postgres.stop() }
      let redis = try await LocalRedis.start(in: folders)
      servers.append { try await redis.stop() }
      let sandbox = try await SandboxProcess.start(in: folders.home, window: setting.window)
      servers.append { await sandbox.process.stop() }
      let stage = try await FaultStage(setting, home: folders.home, postgres: postgres, redis: redis, sandbox: sandbox)
      servers.append { await stage.close() }
      let result = try await body(stage)
      try await tearDown(servers, folders)
      return result
    } catch {
      try? await tearDown(servers, folders)
      throw error
    }
  }

  private static func tearDown(
    _ servers: [@Sendable () async throws -> Void], _ folders: LocalFolders
  ) async throws {
    for stop in servers.reversed() { try await stop() }
    try folders.remove()
  }

  private init(
    _ setting: Setting, home: URL, postgres: LocalPostgres, redis: LocalRedis, sandbox: SandboxProcess
  ) async throws {
    let masterKeys = MasterKeys.freshSetting(id: "test")
    let quiet = Logger(label: "trial") { _ in SwiftLogNoOpLogHandler() }
    let login = Self.login
    self.setting = setting
    self.home = home
    self.postgres = postgres
    self.redis = redis
    self.sandbox = sandbox
    self.settings = [
      "DATABASE_URL": postgres.url(database: Self.database, user: login), "REDIS_URL": redis.url,
      "NUANQUN_MASTER_KEYS": masterKeys, "NUANQUN_WECOM_URL": sandbox.url,
      "NUANQUN_WECOM_WINDOW_SECONDS": "\(setting.window)", "NUANQUN_WORKER_SLOTS": "\(Self.slots)",
      "NUANQUN_LEASE_SECONDS": "3", "NUANQUN_HEARTBEAT_SECONDS": "0.5", "NUANQUN_SWEEP_SECONDS": "0.5",
    ].merging(setting.settings) { $1 }
    let server = PostgresPool(try PostgresConfiguration(postgres.url(database: "postgres")), logger: quiet)
    try await server.lease { try await $0.query(SQL(verbatim: "create database \(Self.database)")) }
    await server.close()
    owner = PostgresPool(try PostgresConfiguration(postgres.url(database: Self.database)), logger: quiet)
    pool = PostgresPool(
      try PostgresConfiguration(postgres.url(database: Self.database, user: login)), logger: quiet)
    _ = try await Migrator(
      control: owner, cells: [Cells.first: owner], login: login, folder: setting.migrations, logger: quiet
    ).run()
    let keys = try MasterKeys(setting: masterKeys)
    agency = try await AgencyStore(owner).create(slug: "faults", name: "测试代运营")
    let creation = BrandCreation(
      control: owner, cells: [Cells.first: owner], login: login, migrations: setting.migrations, masterKeys: keys,
      logger: quiet)
    let tenancy = Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: keys)
    var brands: [FaultBrand] = []
    for number in 1...setting.brands {
      let made = try await creation.create(
        slug: "faults-\(number)", name: "品牌\(number)", zone: FaultBrand.zone, for: agency.id)
      let brand = FaultBrand(tenancy, made, rooms: setting.rooms, plans: setting.plans)
      try await brand.fill()
      try await sandbox.add(brand.robots)
      brands.append(brand)
    }
    self.brands = brands
  }

  // MARK: - Processes

  /// Starts one more worker, which nothing can be done to but signals.
  @discardableResult
  func startWorker() throws -> ProductProcess {
    let log = home.appending(path: "worker\(workers.count + 1).log")
    let worker = try ProductProcess.start(["worker"], environment: settings, log: log)
    workers.append(worker)
    return worker
  }

  /// Makes a place for one more worker, and seats it.
  func seatWorker() async throws -> WorkerSeat {
    let seat = try WorkerSeat(
      number: seats.count + 1, in: home, postgres: postgres, database: Self.database, login: Self.login, redis: redis,
      settings: settings)
    seats.append(seat)
    try await seat.start()
    return seat
  }

  /// Starts the API, and returns how to talk to it.
  func startAPI() async throws -> TrialAPI {
    let key = try await APIKeyStore(owner).create(for: agency.id, name: "trial")
    try await openAPI()
    return TrialAPI(key: key.text) { await self.api?.address }
  }

  /// Kills the API as `kill -9` does, and starts it again.
  func restartAPI(downtime: Duration) async throws {
    guard let api else { throw TrialFailure("the API was not started") }
    guard api.process.isRunning else { throw TrialFailure("the API ended by itself:\n\(api.process.tail)") }
    api.process.send(SIGKILL)
    _ = try await api.process.end(within: .seconds(30))
    self.api = nil
    try await Task.sleep(for: downtime)
    try await openAPI()
  }

  private func openAPI() async throws {
    let portFile = home.appending(path: "api.port")
    try? FileManager.default.removeItem(at: portFile)
    let process = try ProductProcess.start(
      ["api", "--port-file", portFile.path], environment: settings.merging(["NUANQUN_LISTEN": "127.0.0.1:0"]) { $1 },
      log: home.appending(path: "api.log"))
    do {
      try await eventually { FileManager.default.fileExists(atPath: portFile.path) || !process.isRunning }
      let port = try String(contentsOf: portFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
      api = (process, "http://127.0.0.1:\(port)")
    } catch {
      await process.stop()
      throw TrialFailure("the API does not listen:\n\(process.tail)")
    }
  }

  /// Runs a command as somebody would who has the owner's connection, and returns its exit code.
  func run(_ arguments: [String]) async throws -> Int32 {
    let environment = settings.merging(["NUANQUN_OWNER_URL": postgres.url(database: Self.database)]) { $1 }
    let log = home.appending(path: "command.log")
    let process = try ProductProcess.start(arguments, environment: environment, log: log)
    do {
      return try await process.end(within: .seconds(60))
    } catch {
      await process.stop()
      throw error
    }
  }

  private func close() async {
    await stopProcesses()
    await pool.close()
    await owner.close()
  }

  private func stopProcesses() async {
    await withTaskGroup { group in
      for worker in workers { group.addTask { await worker.stop() } }
      for seat in seats { group.addTask { await seat.stop() } }
      if let api { group.addTask { await api.process.stop() } }
    }
  }

  // MARK: - Judging

  /// How many runs stand in Postgres as begun by a worker.
  func runs(of worker: ProductProcess) async throws -> Int {
    let rows = try await pool.read(
      "select count(*) as runs from ops.runs where state = 'running' and worker like \("%-\(worker.pid)-%")")
    return try rows.first?.value("runs") ?? 0
  }

  /// Waits until nothing is left to be sent, then stops the processes and judges. Nobody helps meanwhile.
  func verdict(
    on expected: Set<Send>, mayBeUnknown: Int, mayBeMissing missing: Set<Send> = [], mustArrive: Bool = false,
    within limit: Duration = .seconds(90)
  ) async throws -> Verdict {
    var stuck: [Judge.Finding] = []
    do {
      try await eventually(within: limit, every: .milliseconds(100)) {
        await isAtRest(rows: expected.subtracting(missing).count)
      }
    } catch is TimedOut {
      // The judge says which sends are not at rest; a run can be stuck without any.
      stuck = [.neverAtRest(runs: try await openRuns())]
    }
    await stopProcesses()
    let judge = Judge(
      expected: expected, mayBeUnknown: mayBeUnknown, mayBeMissing: missing, mustArrive: mustArrive,
      window: .seconds(setting.window))
    let ledger = try await ledger()
    var tails = workers.map(\.tail)
    for seat in seats { tails.append(await seat.tail) }
    return Verdict(
      findings: stuck + judge.findings(ledger: ledger, log: try sandbox.arrivals()), ledger: ledger, tails: tails)
  }

  private func openRuns() async throws -> Int {
    let runs = try await pool.read(
      "select count(*) as runs from ops.runs where state in ('ready', 'running') and kind like 'touch.%'")
    return try runs.first?.value("runs") ?? 0
  }

  /// While Postgres is away, nobody knows.
  private func isAtRest(rows expected: Int) async -> Bool {
    do {
      guard try await openRuns() == 0 else { return false }
      var rows = 0
      for brand in brands {
        let progress = try await brand.progress()
        guard progress.open == 0 else { return false }
        rows += progress.rows
      }
      return rows >= expected
    } catch {
      return false
    }
  }
}

/// What the judge found, with what a person needs to understand it.
struct Verdict {
  let findings: [Judge.Finding]
  let ledger: [LedgerRow]
  let tails: [String]

  func count(_ state: Delivery.State) -> Int { ledger.count { $0.state == state } }
}
