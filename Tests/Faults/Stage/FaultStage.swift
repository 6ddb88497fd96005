import Community
import Foundation
import LocalServers
import Postgres
import Tenancy
import TestSupport

/// A whole small deployment of its own: servers that a test may stop and kill, the sandbox, a brand, and workers as
/// processes, with settings so short that what takes minutes in production takes seconds here.
actor FaultStage {
  let postgres: LocalPostgres
  let redis: LocalRedis
  let sandbox: SandboxProcess
  let brand: FaultBrand
  private(set) var workers: [ProductProcess] = []

  /// How many sends a worker has under way at most.
  static let slots = 8
  /// How long a lease lasts.
  static let lease = Duration.seconds(3)

  private let home: URL
  private let owner: PostgresPool
  private let pool: PostgresPool
  private let settings: [String: String]

  /// Runs a test on a stage, and takes all of it away afterwards, whatever happens.
  static func with(
    rooms: Int = 50, plans: Int = 3, settings: [String: String] = [:], _ body: (FaultStage) async throws -> Void
  ) async throws {
    let folders = try LocalFolders.temporary()
    var servers: [@Sendable () async throws -> Void] = []
    do {
      // It keeps its data as a real one does, with commits that wait for the disk: a restart must find them.
      let postgres = try await LocalPostgres.start(in: folders)
      servers.append { try await postgres.stop() }
      let redis = try await LocalRedis.start(in: folders)
      servers.append { try await redis.stop() }
      let sandbox = try await SandboxProcess.start(in: folders.home)
      servers.append { await sandbox.process.stop() }
      let stage = try await FaultStage(
        home: folders.home, postgres: postgres, redis: redis, sandbox: sandbox, rooms: rooms, plans: plans,
        settings: settings)
      servers.append { await stage.close() }
      try await body(stage)
      try await tearDown(servers, folders)
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
    home: URL, postgres: LocalPostgres, redis: LocalRedis, sandbox: SandboxProcess, rooms: Int, plans: Int,
    settings: [String: String]
  ) async throws {
    let masterKeys = MasterKeys.freshSetting(id: "test")
    let (database, login) = ("nuanqun", TestDeployment.login)
    self.home = home
    self.postgres = postgres
    self.redis = redis
    self.sandbox = sandbox
    self.settings = [
      "DATABASE_URL": postgres.url(database: database, user: login), "REDIS_URL": redis.url,
      "NUANQUN_MASTER_KEYS": masterKeys, "NUANQUN_WECOM_URL": sandbox.url,
      "NUANQUN_WORKER_SLOTS": "\(Self.slots)", "NUANQUN_LEASE_SECONDS": "3", "NUANQUN_HEARTBEAT_SECONDS": "0.5",
      "NUANQUN_SWEEP_SECONDS": "0.5",
    ].merging(settings) { $1 }
    let server = PostgresPool(try PostgresConfiguration(postgres.url(database: "postgres")), logger: .quiet)
    try await server.lease { try await $0.query(SQL(verbatim: "create database \(database)")) }
    await server.close()
    owner = PostgresPool(try PostgresConfiguration(postgres.url(database: database)), logger: .quiet)
    pool = PostgresPool(
      try PostgresConfiguration(postgres.url(database: database, user: login)), logger: .quiet)
    _ = try await Migrator(
      control: owner, cells: [Cells.first: owner], login: login, folder: TestDeployment.migrations, logger: .quiet
    ).run()
    let keys = try MasterKeys(setting: masterKeys)
    let agency = try await AgencyStore(owner).create(slug: "faults", name: "测试代运营")
    let made = try await BrandCreation(
      control: owner, cells: [Cells.first: owner], login: login, migrations: TestDeployment.migrations,
      masterKeys: keys, logger: .quiet
    ).create(slug: "faults", name: "测试品牌", zone: FaultBrand.zone, for: agency.id)
    let tenancy = Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: keys)
    brand = FaultBrand(tenancy, made, rooms: rooms, plans: plans)
    try await brand.fill()
    try await sandbox.add(brand.robots)
  }

  /// Starts one more worker.
  @discardableResult
  func startWorker() throws -> ProductProcess {
    let log = home.appending(path: "worker\(workers.count + 1).log")
    let worker = try ProductProcess.start(["worker"], environment: settings, log: log)
    workers.append(worker)
    return worker
  }

  /// Runs a command as somebody would who has the owner's connection, and returns its exit code.
  func run(_ arguments: [String]) async throws -> Int32 {
    let environment = settings.merging(["NUANQUN_OWNER_URL": postgres.url(database: "nuanqun")]) { $1 }
    let log = home.appending(path: "command.log")
    return try await ProductProcess.start(arguments, environment: environment, log: log).end(within: .seconds(60))
  }

  /// How many runs stand in Postgres as begun by a worker.
  func runs(of worker: ProductProcess) async throws -> Int {
    let rows = try await pool.read(
      "select count(*) as runs from ops.runs where state = 'running' and worker like \("%-\(worker.pid)-%")")
    return try rows.first?.value("runs") ?? 0
  }

  /// Waits until nothing is left to be sent, then stops the workers and judges. Nobody helps meanwhile.
  func verdict(mayBeUnknown: Int) async throws -> Verdict {
    let judge = Judge(expected: brand.expected, mayBeUnknown: mayBeUnknown)
    do {
      try await eventually { await isAtRest() }
    } catch is TimedOut {
      // The judge says what is not at rest.
    }
    for worker in workers { await worker.stop() }
    let ledger = try await brand.ledger()
    return Verdict(
      findings: judge.findings(ledger: ledger, log: try sandbox.arrivals()), ledger: ledger, tails: workers.map(\.tail))
  }

  /// While Postgres is away, nobody knows.
  private func isAtRest() async -> Bool {
    do {
      let open = try await pool.read(
        "select count(*) as runs from ops.runs where state in ('ready', 'running') and kind like 'touch.%'")
      guard try open.first?.value("runs", as: Int.self) == 0 else { return false }
      let ledger = try await brand.ledger()
      return ledger.count >= brand.expected.count && ledger.allSatisfy { $0.state != .ready && $0.state != .sending }
    } catch {
      return false
    }
  }

  private func close() async {
    for worker in workers { await worker.stop() }
    await pool.close()
    await owner.close()
  }
}

/// What the judge found, with what a person needs to understand it.
struct Verdict {
  let findings: [Judge.Finding]
  let ledger: [LedgerRow]
  let tails: [String]

  func count(_ state: Delivery.State) -> Int { ledger.count { $0.state == state } }
}
