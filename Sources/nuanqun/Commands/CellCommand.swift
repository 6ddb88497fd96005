import ArgumentParser
import Channels
import Community
import Foundation
import JobQueue
import Postgres
import Redis
import Tenancy

/// `nuanqun cell`
struct CellCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cell",
    abstract: "Whether anything is sent, and how to go on after Postgres was restored or promoted.",
    discussion: """
      A Postgres that was restored to an earlier point, or a standby that was promoted, may have forgotten sends. The \
      cell then closes by itself: nothing fires and nothing is sent until it is opened.
      """,
    subcommands: [Status.self, Open.self, Close.self], defaultSubcommand: Status.self)

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say whether the cell is open.", discussion: "Ends with 0 when it is open, with 1 otherwise.")

    @Flag(help: "Print JSON.") var json = false

    func run() async {
      await CommandProcess.run { deployment in
        let pool = PostgresPool(try deployment.database(name: "cell"), logger: deployment.logger)
        let status = await Result { try await CellLife(pool).status() }
        await pool.close()
        let cell = try status.get()
        print(json ? try Output.line(StatusRow(cell)) : cell.text)
        if !cell.isOpen { Foundation.exit(1) }
      }
    }
  }

  struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let nothing start, claim or fire.",
      discussion: """
        For whoever puts back an older copy of the database by hand: close it before the workers meet it. A recovery to a \
        point in time and a promotion close the cell by themselves. Needs NUANQUN_OWNER_URL.
        """)

    func run() async {
      await CommandProcess.run { deployment in
        let owner = try OwnerAccess(deployment)
        let closed = await Result { try await CellLife(owner.pool).close(by: Self.who) }
        await owner.close()
        print(try closed.get() ? "closed" : "it was closed")
      }
    }

    static var who: String { "\(NSUserName()) (command)" }
  }
}

extension CellCommand {
  struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let the cell work on the Postgres that it stands on, after settling what may have been sent.",
      discussion: """
        Make sure that nothing writes to the server that was lost. Then what was due in the lost time becomes unknown or \
        missed and is never sent by itself: people resend what they decide to. Channels wait for a window's length, and \
        what was counted against caps stays on the safe side. An opening that was cut off is called again. \
        Needs NUANQUN_OWNER_URL.
        """)

    @Option(
      help: "Up to when nothing is forgotten here, as 2026-03-01T08:00:00Z; without it, the newest trace of work.",
      transform: instant)
    var provenUntil: Date?

    @Option(
      help: "Up to when workers may have gone on with the lost server; without it, now. What came due later goes on.",
      transform: instant)
    var lostUntil: Date?

    @Flag(
      help: """
        Nothing is forgotten, as when a synchronous standby was promoted, or a person closed the cell for no restore. Then \
        nothing becomes unknown or missed.
        """)
    var nothingLost = false

    func validate() throws {
      guard !nothingLost || (provenUntil == nil && lostUntil == nil) else {
        throw ValidationError("--nothing-lost goes without --proven-until and --lost-until")
      }
    }

    @Flag(help: "Print JSON.") var json = false

    func run() async {
      let (json, now) = (json, Date.now)
      let (proven, lost) = nothingLost ? (now, now) : (provenUntil, lostUntil)
      await CommandProcess.run { deployment in
        let robot = try deployment.weComRobot()
        let masterKeys = try deployment.masterKeys()
        let (database, redisConfiguration) = (
          try deployment.database(name: "cell"), try deployment.redis(name: "cell")
        )
        let owner = try OwnerAccess(deployment)
        let pool = PostgresPool(database, logger: deployment.logger)
        let redis = RedisClient(redisConfiguration, logger: deployment.logger)
        let report = await Result {
          try await CellOpening(
            CellLife(owner.pool),
            tenancy: Tenancy(control: pool, cells: Cells([Cells.first: pool]), masterKeys: masterKeys),
            index: RunIndex(redis, cell: Cells.first), windowLimit: robot.rate.limit, logger: deployment.logger
          ).open(cell: Cells.first, provenUntil: proven, lostUntil: lost, by: Close.who)
        }
        await redis.close()
        await pool.close()
        await owner.close()
        let done = OpenRow(try report.get())
        print(json ? try Output.line(done) : done.text)
      }
    }

    @Sendable private static func instant(_ text: String) throws -> Date {
      guard let date = try? Date(text, strategy: .iso8601) else {
        throw ValidationError("'\(text)' is no instant; write it as 2026-03-01T08:00:00Z")
      }
      return date
    }
  }
}

extension CellStatus {
  /// How it stands, and what to do.
  var text: String {
    let opened = "opened \(openedAt.ISO8601Format())" + (openedBy.map { " by \($0)" } ?? "")
    guard let closing else { return "open; \(opened)" }
    let since = closedAt.map { " since \($0.ISO8601Format())" } ?? ""
    let opening = opening.map { "\nAn opening began \($0.begunAt.ISO8601Format()) and was not finished." } ?? ""
    return """
      closed\(since): \(closing.text); \(opened)\(opening)
      Nothing fires and nothing is sent. When nothing writes to the lost server any more, run `nuanqun cell open`.
      """
  }
}

extension CellClosing {
  /// Why, for whoever runs the deployment.
  var text: String {
    switch self {
    case .otherTimeline: "Postgres was restored to a point in time, or a standby was promoted"
    case .otherServer: "the data came to another server"
    case .rewound: "Postgres has forgotten work that workers remember; an older copy of its files was put back"
    case .person: "a person closed it"
    }
  }
}

/// `nuanqun cell status --json`
private struct StatusRow: Encodable {
  let open: Bool
  let because: String?
  let openedAt: String
  let closedAt: String?
  let openingSince: String?

  init(_ status: CellStatus) {
    (open, because) = (status.isOpen, status.closing?.rawValue)
    (openedAt, closedAt) = (status.openedAt.ISO8601Format(), status.closedAt?.ISO8601Format())
    openingSince = status.opening?.begunAt.ISO8601Format()
  }
}

/// `nuanqun cell open --json`
private struct OpenRow: Encodable {
  let provenUntil, lostUntil: String
  let brands, deliveriesUnknown, touchesMissed, channelsWaiting: Int
  let runsFenced, runsPutAside, schedulesMovedOn, occurrencesMissed: Int

  init(_ report: CellOpening.Report) {
    (provenUntil, lostUntil) = (report.span.provenUntil.ISO8601Format(), report.span.lostUntil.ISO8601Format())
    brands = report.brandCount
    (deliveriesUnknown, touchesMissed) = (report.brands.unknown, report.brands.missed)
    channelsWaiting = report.brands.channels
    (runsFenced, runsPutAside) = (report.cell.runsFenced, report.cell.runsPutAside)
    (schedulesMovedOn, occurrencesMissed) = (report.cell.schedulesMovedOn, report.cell.occurrencesMissed)
  }

  var text: String {
    """
    open. Nothing is forgotten up to \(provenUntil); work of a lost history may go up to \(lostUntil).
    \(deliveriesUnknown) deliveries are unknown and \(touchesMissed) touches missed, in \(brands) brands.
    \(channelsWaiting) channels wait for a window's length.
    \(runsFenced) runs begin under new epochs, \(runsPutAside) scheduled ones are put aside for a person.
    \(schedulesMovedOn) schedules leave out \(occurrencesMissed) occurrences.
    Look at what people changed in the lost time: an approval that was taken back stands again.
    """
  }
}

extension Result where Failure == any Error {
  /// What `body` comes to, so that connections can be closed in between.
  init(_ body: () async throws -> Success) async {
    do {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }
}
