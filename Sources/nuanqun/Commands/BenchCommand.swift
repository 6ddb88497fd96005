import ArgumentParser
import Bench
import Foundation
import LocalServers

/// `nuanqun bench`
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure on this machine, beside other tools in the same run.",
    discussion: """
      postgres  the driver beside pgbench and psql
      redis     the driver beside redis-benchmark
      queue     the engine beside Sidekiq, pgqueuer and procrastinate, which it installs into the private folder
      road      from a touch's due instant to the platform, and deliveries per second, claim and outcome committed
      api       the API beside what it stands on: imports by a worker
      faults    no speed: what arrives, and what does not, in 22 minutes of kills, freezes, cuts, losses and
                restores; ends with 1 when anything was doubled, lost, too fast, or unknown without a reason
      Figures of small and noisy machines mean something as ratios within one run.
      """)

  /// What can be measured.
  enum Subject: String, ExpressibleByArgument, CaseIterable {
    case postgres
    case redis
    case queue
    case road
    case api
    case faults
  }

  @Argument(help: "What to measure: postgres, redis, queue, road, api or faults.")
  var subject: Subject

  @Option(
    help: """
      Only these parts; for queue: fast, durable, growth, neighbours, recovery; for api: \
      \(APIBench.Part.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var only: [String] = []

  @Option(help: "For faults: how many minutes they fall.")
  var minutes = 22.0

  @Option(help: "For faults: the seed that decides which fall and when; a random one unless given.")
  var seed: UInt64?

  @Flag(help: "Print one JSON line for each row.")
  var json = false

  func validate() throws {
    _ = try parts(of: QueueBench.Part.self, for: .queue)
    _ = try parts(of: APIBench.Part.self, for: .api)
    guard (0.5...600).contains(minutes) else { throw ValidationError("--minutes must be from 0.5 to 600") }
  }

  /// The parts that were asked for; all of them unless some were.
  private func parts<Part: CaseIterable & RawRepresentable<String>>(
    of type: Part.Type, for owner: Subject
  ) throws -> [Part] {
    guard subject == owner, !only.isEmpty else { return Array(Part.allCases) }
    return try only.map { name in
      guard let part = Part(rawValue: name) else { throw ValidationError("\(owner.rawValue) has no part \(name)") }
      return part
    }
  }

  func run() async {
    await CommandProcess.run { deployment in
      // The trial makes a private folder of its own, and its rows are worth reading also where it ends badly.
      if subject == .faults {
        let seed = seed ?? .random(in: .min ... .max)
        let report = try await FaultBench.run(seed: seed, minutes: minutes, deployment)
        try show(FaultBench.rows(report))
        return try FaultBench.check(report)
      }
      let folders = try LocalFolders.temporary()
      let rows: Result<[BenchRow], any Error>
      do {
        rows = .success(try await measure(deployment, in: folders))
      } catch {
        rows = .failure(error)
      }
      try? folders.remove()
      try show(try rows.get())
    }
  }

  private func show(_ rows: [BenchRow]) throws {
    for row in rows { print(json ? try BenchTable.line(row) : BenchTable.text(row)) }
  }

  private func measure(_ deployment: Deployment, in folders: LocalFolders) async throws -> [BenchRow] {
    switch subject {
    case .postgres:
      let server = try await LocalPostgres.start(
        in: folders, settings: ["fsync": "on"], keepsData: false, logger: deployment.logger)
      let rows = try await postgresBench(
        PostgresBenchSettings(connectionString: server.url(database: "postgres"), binaries: server.programs))
      try await server.stop()
      return rows
    case .redis:
      let server = try await LocalRedis.start(in: folders, keepsData: false, logger: deployment.logger)
      let rows = try await redisBench(socket: server.socket)
      try await server.stop()
      return rows
    case .queue:
      let peers = URL(filePath: try deployment.settings.text("NUANQUN_HOME") ?? ".nuanqun").appending(path: "peers")
      return try await QueueBench.run(
        home: folders.home, peers: peers, parts: Set(try parts(of: QueueBench.Part.self, for: .queue)), deployment)
    case .road:
      return try await RoadBench.run(home: folders.home, deployment)
    case .api:
      return try await APIBench.run(home: folders.home, parts: parts(of: APIBench.Part.self, for: .api), deployment)
    case .faults:
      return []
    }
  }
}

/// How rows are printed.
enum BenchTable {
  static func line(_ row: BenchRow) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(row), as: UTF8.self)
  }

  static func text(_ row: BenchRow) -> String {
    let number = { (value: Double?) in value.map { String(format: "%12.2f", $0) } ?? "           –" }
    let name = row.name.padding(toLength: 22, withPad: " ", startingAt: 0)
    return "\(name) ours \(number(row.ours))  theirs \(number(row.theirs))  ratio \(number(row.ratio))  \(row.unit)"
  }
}
