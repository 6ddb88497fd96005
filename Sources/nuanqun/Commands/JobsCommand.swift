import ArgumentParser
import Foundation
import Identifiers
import JobQueue
import Postgres
import Redis
import Tenancy

/// `nuanqun jobs`
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "Look at the queue and act upon it.",
    discussion: """
      With --agency and --brand it is one brand's queue, without them everybody's. Every act is written to the audit \
      table, with your name on this machine.
      """,
    subcommands: [
      Overview.self, List.self, Show.self, Retry.self, Cancel.self, Front.self, Pause.self, Resume.self, Schedules.self,
      Audit.self,
    ], defaultSubcommand: Overview.self)

  /// Whose queue.
  struct Whose: ParsableArguments {
    @Option(help: "The agency's short name.")
    var agency: String?

    @Option(help: "The brand's short name or id.")
    var brand: String?

    func validate() throws {
      guard (agency == nil) == (brand == nil) else {
        throw ValidationError("give both --agency and --brand, or neither")
      }
    }

    /// Runs `body` at the desk of the brand, or of all.
    func atDesk(_ body: @escaping @Sendable (RunDesk) async throws -> Void) async {
      await CommandProcess.run { deployment in
        let (database, configuration) = (try deployment.database(name: "jobs"), try deployment.redis(name: "jobs"))
        let pool = PostgresPool(database, logger: deployment.logger)
        let redis = RedisClient(configuration, logger: deployment.logger)
        let result: Result<Void, any Error>
        do {
          let tenant = try await tenant(
            Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: try deployment.masterKeys()))
          let desk = RunDesk(
            pool, index: RunIndex(redis, cell: Cells.first), tenant: tenant, as: "\(NSUserName()) (command)")
          result = .success(try await body(desk))
        } catch {
          result = .failure(error)
        }
        await redis.close()
        await pool.close()
        try result.get()
      }
    }

    private func tenant(_ tenancy: Tenancy) async throws -> ID<Tenant>? {
      guard let agency, let brand else { return nil }
      guard let known = try await AgencyStore(tenancy.control).agency(slug: agency) else {
        throw TenancyError.unknownAgency(slug: agency)
      }
      return ID<Tenant>(try await tenancy.brand(brand, of: known.id).id.uuid)
    }
  }

  /// Which runs.
  struct Which: ParsableArguments {
    @Argument(help: "The runs' ids; without any, the options choose.")
    var runs: [String] = []

    @Option(help: "Only in this state: ready, running, done, dead, quarantined or cancelled.", transform: Self.state)
    var state: RunState?

    @Option(help: "Only of this kind, as touch.deliver.")
    var kind: String?

    @Option(help: "No more than this many, the oldest first.")
    var limit = 100

    func validate() throws {
      for run in runs where ID<Run>(run) == nil { throw ValidationError("'\(run)' is no run's id") }
      guard 1...10_000 ~= limit else { throw ValidationError("--limit must be from 1 to 10000") }
    }

    @Sendable private static func state(_ text: String) throws -> RunState {
      guard let state = RunState(rawValue: text) else { throw ValidationError("'\(text)' is no state of a run") }
      return state
    }

    var choice: RunChoice {
      var choice = RunChoice()
      if !runs.isEmpty { choice.runs = runs.compactMap { ID<Run>($0) } }
      (choice.state, choice.kind, choice.limit) = (state, kind, limit)
      return choice
    }

    /// An act upon everything has to be meant.
    func requireSome() throws {
      guard !runs.isEmpty || state != nil || kind != nil else {
        throw ValidationError("say which runs: by id, --state or --kind")
      }
    }
  }
}
