import Mail
import Postgres
import Redis
import Tenancy

/// Looks at the settings, the databases and Redis as a process of this deployment would find them.
struct Doctor: Sendable {
  let deployment: Deployment

  func examine() async -> [Finding] {
    var findings = [
      check("master keys") { _ = try deployment.masterKeys() },
      check("listen address") { _ = try deployment.listen() },
      check("worker settings") { _ = try deployment.worker() },
      check("channel settings") { _ = try deployment.weComRobot() },
    ]
    findings.append(await examineMail())
    findings += await examineDatabase()
    findings += await examineRedis()
    return findings
  }

  private func check(_ name: String, _ body: () throws -> Void) -> Finding {
    do {
      try body()
      return .ok(name)
    } catch {
      return .problem(name, "\(error)")
    }
  }

  private func examineMail() async -> Finding {
    do {
      guard let route = try deployment.mail() else {
        return .warning(
          "mail",
          """
          neither NUANQUN_SMTP_URL nor NUANQUN_MAIL_OUTBOX is set: no invitation, password reset or notice can leave; \
          give a mail server, or a folder for people to look into
          """)
      }
      try await route.outlet.check()
      return .ok("mail")
    } catch let error as MailError {
      return .problem("mail", "\(error); are NUANQUN_SMTP_URL or NUANQUN_MAIL_OUTBOX right?")
    } catch {
      return .problem("mail", "\(error)")
    }
  }

  private func examineDatabase() async -> [Finding] {
    let configuration: PostgresConfiguration
    do {
      configuration = try deployment.database(name: "doctor")
    } catch {
      return [.problem("database", "\(error)")]
    }
    let pool = PostgresPool(configuration, logger: deployment.logger)
    var findings: [Finding] = []
    do {
      findings = try await DatabaseChecks(pool: pool).run()
      findings.append(try await brandKeys(pool))
    } catch {
      findings.append(.problem("database", "\(error); is DATABASE_URL right, and has `nuanqun migrate` been run?"))
    }
    await pool.close()
    return findings
  }

  /// Whether the master keys open the brands' keys: the newest hundred stand for all.
  private func brandKeys(_ pool: PostgresPool) async throws -> Finding {
    let tenancy = Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: try deployment.masterKeys())
    let ids = try await pool.read("select id from control.brands where state = 'ready' order by id desc limit 100")
    for row in ids {
      guard let brand = try await tenancy.brand(row.value("id")) else { continue }
      do {
        _ = try tenancy.key(of: brand)
      } catch {
        return .problem("brand keys", "NUANQUN_MASTER_KEYS does not open the key of brand \(brand.slug): \(error)")
      }
    }
    return .ok("brand keys")
  }

  private func examineRedis() async -> [Finding] {
    do {
      let redis = RedisClient(try deployment.redis(name: "doctor"), logger: deployment.logger)
      defer { Task { await redis.close() } }
      return try await RedisChecks(redis: redis).run()
    } catch {
      return [.problem("redis", "\(error)")]
    }
  }
}
