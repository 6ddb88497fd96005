import API
import ArgumentParser
import Channels
import CoreMetrics
import Foundation
import JobQueue
import Logging
import Metering
import Postgres
import Redis
import Tenancy

/// `nuanqun api`
struct APICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api", abstract: "Serve the API.",
    discussion: "With NUANQUN_OWNER_URL set it can make brands too. SIGTERM finishes what is being answered.")

  @Option(help: "A file to which the port is written once the API listens.")
  var portFile: String?

  func run() async {
    await CommandProcess.run { deployment in
      let metrics = PrometheusMetrics()
      MetricsSystem.bootstrap(metrics)
      let (host, port) = try deployment.listen()
      // Every setting is read before anything is started that would have to be stopped again.
      let traces = try deployment.traces()
      let (database, ownerDatabase) = (try deployment.database(name: "api"), try deployment.ownerDatabase())
      let (redisConfiguration, masterKeys) = (try deployment.redis(name: "api"), try deployment.masterKeys())
      let (robot, webhooks) = (try deployment.weComRobot(), try deployment.webhooks())
      let pool = PostgresPool(database, logger: deployment.logger)
      let owner = ownerDatabase.map { OwnerAccess(deployment, $0) }
      let redis = RedisClient(redisConfiguration, logger: deployment.logger)
      let portFile = portFile
      try await PlatformHTTP.lend { http in
        let dependencies = APIDependencies(
          tenancy: Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: masterKeys),
          index: RunIndex(redis, cell: Cells.first), brandCreation: try owner?.brandCreation(),
          brandErasure: try owner?.brandErasure(),
          adapters: [WeComRobot(settings: robot, http: http)], allowsLocalWebhooks: webhooks.allowsLoopback,
          readiness: [
            ReadinessCheck("postgres") { (try? await pool.read("select 1")) != nil },
            ReadinessCheck("redis") { (try? await redis.send(RedisCommand("PING"))) != nil },
            // People have to reach it while the cell is closed, to decide what becomes of the sends in doubt.
            ReadinessCheck("cell_open", isNeeded: false) { (try? await CellLife(pool).isOpen()) ?? false },
          ], metricsText: { metrics.exposition() }, logger: deployment.logger)
        let api = try APIService(dependencies, host: host, port: port) { port in
          deployment.logger.notice("api listens", metadata: ["address": "\(host):\(port)"])
          if let portFile { try? Data("\(port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic) }
        }
        try await CommandProcess.serve([api], logger: deployment.logger, traces: traces)
      }
      await redis.close()
      await owner?.close()
      await pool.close()
    }
  }
}
