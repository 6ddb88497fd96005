import ArgumentParser
import Community
import Foundation
import Identifiers
import JobQueue
import Postgres
import Redis
import Tenancy

/// `nuanqun deliveries`
struct DeliveriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliveries", abstract: "What became of the sends, and what a person decides of them.",
    subcommands: [Resend.self])

  struct Resend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Order that a delivery which is unknown or failed is sent again.",
      discussion: """
        It is your decision alone, and stands in the audit table with your name on this machine. What is unknown may \
        then arrive twice.
        """)

    @Argument(help: "The delivery's id.", transform: id)
    var delivery: ID<Delivery>

    @Option(help: "The agency's short name.")
    var agency: String

    @Option(help: "The brand's short name or id.")
    var brand: String

    @Option(help: "How many attempts you saw; where another was made since, nothing is ordered.")
    var attempts: Int

    @Flag(help: "You accept that it may arrive twice; needed for what is unknown.")
    var acceptDuplicate = false

    @Flag(help: "Send it also later than the plan allows.")
    var pastGrace = false

    func run() async {
      let (delivery, agency, brand) = (delivery, agency, brand)
      let order = ResendOrder(attempts: attempts, acceptsDuplicate: acceptDuplicate, pastGrace: pastGrace)
      await CommandProcess.run { deployment in
        let (database, configuration) = (
          try deployment.database(name: "deliveries"), try deployment.redis(name: "deliveries")
        )
        let masterKeys = try deployment.masterKeys()
        let pool = PostgresPool(database, logger: deployment.logger)
        let redis = RedisClient(configuration, logger: deployment.logger)
        let ordered = await Result {
          let tenancy = Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: masterKeys)
          guard let known = try await AgencyStore(pool).agency(slug: agency) else {
            throw TenancyError.unknownAgency(slug: agency)
          }
          try await tenancy.transaction(of: try await tenancy.brand(brand, of: known.id)) { transaction in
            try await Resending(transaction, index: RunIndex(redis, cell: Cells.first))
              .resend(delivery, order, by: "\(NSUserName()) (command)")
          }
        }
        await redis.close()
        await pool.close()
        do {
          try ordered.get()
        } catch {
          throw Refusal(error) ?? error
        }
        print("ready to be sent again")
      }
    }

    @Sendable private static func id(_ text: String) throws -> ID<Delivery> {
      guard let id = ID<Delivery>(text) else { throw ValidationError("'\(text)' is no delivery's id") }
      return id
    }
  }

  /// Why an order was not taken, and what to do.
  private struct Refusal: Error, CustomStringConvertible {
    let description: String

    init?(_ error: any Error) {
      switch error {
      case is NotFound: description = "the brand has no such delivery"
      case let error as WrongState:
        description = """
          it is \(error.state) now, or another attempt was made since you looked; only what is unknown or failed can be \
          ordered again, on the attempts that you saw
          """
      case let error as InvalidInput where error.problems.contains { $0.field == "/accepts_duplicate" }:
        description = "nobody knows whether it arrived: with --accept-duplicate you accept that it may arrive twice"
      case let error as InvalidInput where error.problems.contains { $0.field == "/past_grace" }:
        description = "it is later than the plan allows: with --past-grace it is sent all the same"
      default: return nil
      }
    }
  }
}
