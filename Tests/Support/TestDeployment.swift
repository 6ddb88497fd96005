public import Foundation
import LocalServers
public import JobQueue
import Logging
public import Postgres
public import Redis
public import Tenancy

/// A deployment of its own for one test: a fresh database on the shared server, and a part of the shared Redis that
/// nobody else uses.
public struct TestDeployment: Sendable {
  /// The application's login.
  public static let login = "nuanqun_app"
  /// The repository's migrations.
  public static let migrations = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Migrations")

  /// The database's name.
  public let database: String
  /// The name by which the index's keys in Redis are told from other tests'.
  public let cell: String
  /// As the owner.
  public let owner: PostgresPool
  /// As the application's login.
  public let pool: PostgresPool
  /// The client of Redis.
  public let redis: RedisClient
  /// The door to the data.
  public let tenancy: Tenancy
  /// The index of runs.
  public let index: RunIndex
  /// Makes brands.
  public let brandCreation: BrandCreation
  /// The settings with which processes of the product join this deployment.
  public let environment: [String: String]

  /// Makes one, on the servers that all tests of the process share unless others are given. Close it when the test is done.
  public static func make(on servers: TestServers = .shared) async throws -> TestDeployment {
    let name = "nq_" + UUID().uuidString.lowercased().replacing("-", with: "_")
    let (postgres, redisServer) = try await servers.servers()
    try await servers.makeDatabase(name)
    let setting = MasterKeys.freshSetting(id: "test")
    let environment = [
      "DATABASE_URL": postgres.url(database: name, user: login), "NUANQUN_OWNER_URL": postgres.url(database: name),
      "REDIS_URL": redisServer.url, "NUANQUN_MASTER_KEYS": setting, "NUANQUN_MIGRATIONS": migrations.path,
    ]
    return try TestDeployment(name, postgres.url(database: name), environment, masterKeys: MasterKeys(setting: setting))
  }

  private init(
    _ name: String, _ ownerURL: String, _ environment: [String: String], masterKeys: MasterKeys
  ) throws {
    database = name
    cell = name
    self.environment = environment
    var ownerConfiguration = try PostgresConfiguration(ownerURL)
    ownerConfiguration.limits.maximum = 10
    // A hundred tests make their brands at once.
    ownerConfiguration.limits.waitTimeout = .seconds(120)
    owner = PostgresPool(ownerConfiguration, logger: .quiet)
    pool = PostgresPool(try PostgresConfiguration(environment["DATABASE_URL"] ?? ""), logger: .quiet)
    redis = RedisClient(try RedisConfiguration.parse(url: environment["REDIS_URL"] ?? ""), logger: .quiet)
    tenancy = Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: masterKeys)
    index = RunIndex(redis, cell: name)
    brandCreation = BrandCreation(
      control: owner, cells: [Cells.first: owner], login: Self.login, migrations: Self.migrations,
      masterKeys: masterKeys, logger: .quiet)
  }

  /// A new agency.
  public func makeAgency(_ slug: String = "agency-\(UInt32.random(in: 0 ... .max))") async throws -> Agency {
    try await AgencyStore(owner).create(slug: slug, name: "测试代运营")
  }

  /// A new brand, of a new agency unless one is given.
  public func makeBrand(
    _ slug: String = "brand-\(UInt32.random(in: 0 ... .max))", of agency: Agency? = nil, zone: String = "Asia/Shanghai"
  ) async throws -> Brand {
    let owner = if let agency { agency } else { try await makeAgency() }
    return try await brandCreation.create(slug: slug, name: "测试品牌", zone: zone, for: owner.id)
  }

  /// Lets go of the connections. The database stays until the server is gone.
  public func close() async {
    await redis.close()
    await pool.close()
    await owner.close()
  }
}
