import API
import ArgumentParser
import Channels
import Community
import CoreMetrics
import JobQueue
import Logging
import Metering
import Polling
import Postgres
import Redis
import ServiceLifecycle
import Tenancy
import Wording
import Workers

/// `nuanqun worker`
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Perform jobs: fire touches, write deliveries, send them.",
    discussion: "Any number of workers may run. SIGTERM stops taking work, finishes what runs, and gives back the rest."
  )

  func run() async {
    await CommandProcess.run { deployment in
      let metrics = PrometheusMetrics()
      MetricsSystem.bootstrap(metrics)
      let address = try deployment.workerListen()
      // Every setting is read before anything is started that would have to be stopped again.
      var database = try deployment.database(name: "worker")
      let (redisConfiguration, pulseConfiguration) = (
        try deployment.redis(name: "worker"), try deployment.redis(name: "pulse")
      )
      let masterKeys = try deployment.masterKeys()
      let (robot, timing, settings) = (
        try deployment.weComRobot(), try deployment.timing(), try deployment.worker()
      )
      let traces = try deployment.traces()
      let webhooks = try deployment.webhooks()
      let weComCalls = try deployment.weComCallsPerMinute()
      // A worker that stands still for as long as a lease loses its runs to others. If it kept the locks of what it was
      // in the middle of, those who take over would wait behind it with all their slots.
      database.timeouts.idleInTransaction = settings.lease
      let pool = PostgresPool(database, logger: deployment.logger)
      let tenancy = Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: masterKeys)
      let redis = RedisClient(redisConfiguration, logger: deployment.logger)
      let weCom = weComCalls.map { calls in
        CallBudget(
          redis, platform: "wecom", limit: calls, per: .seconds(60), firstByteDelay: timing.firstByteDelay,
          margin: timing.margin, logger: deployment.logger)
      }
      let pulse = PollingLoop(name: "pulse")
      let heartbeat = RedisClient(pulseConfiguration, loop: pulse, logger: deployment.logger)
      try await PlatformHTTP.lend { http in
        let index = RunIndex(redis, cell: Cells.first)
        let firing = Firing(tenancy, index: index)
        let robots = WeComRobot(settings: robot, http: http)
        let notices = NoticeService(
          posting: NoticePosting(
            tenancy, adapter: robots, mail: nil, wording: NoticeText.robot, logger: deployment.logger),
          watch: NoticeWatch(tenancy), logger: deployment.logger)
        let worker = Worker(
          cell: Cells.first, pool: pool, redis: redis, heartbeatRedis: heartbeat, pulse: pulse,
          registry: .all(
            tenancy, index: index, adapters: [robots],
            budgets: weCom.map { [.weComRobot: $0] } ?? [:], webhooks: webhooks, timing: timing,
            logger: deployment.logger),
          settings: settings, logger: deployment.logger
        ) { try await firing.fire($0) }
        deployment.logger.notice("worker started")
        var services: [any Service] = [worker, notices]
        if let address {
          services.append(
            OperationsService(
              host: address.host, port: address.port,
              readiness: [
                ReadinessCheck("postgres") { (try? await pool.read("select 1")) != nil },
                ReadinessCheck("redis") { (try? await redis.send(RedisCommand("PING"))) != nil },
                ReadinessCheck("cell_open") { (try? await CellLife(pool).isOpen()) ?? false },
              ], metricsText: { metrics.exposition() }, logger: deployment.logger))
        }
        try await CommandProcess.serve(services, logger: deployment.logger, traces: traces)
      }
      await redis.close()
      await heartbeat.close()
      await pool.close()
    }
  }
}
