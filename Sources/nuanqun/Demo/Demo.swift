import AsyncHTTPClient
import Foundation
import Logging
import Tenancy

/// The main job for all to see: posts that were planned in the API leave through two worker processes, each brand from a
/// schema of its own, into the chat rooms of the sandbox.
struct Demo {
  let stage: Stage
  let data: DemoData
  let client: HTTPClient
  let listen: String

  /// What a script needs to drive the demo.
  struct Handle: Encodable {
    struct AgencyHandle: Encodable {
      struct Person: Encodable {
        let email: String
        let password: String
        let role: String
      }

      let slug: String
      let brands: [String]
      let people: [Person]
      let apiKey: String
    }

    let api: String
    let console: String?
    let sandbox: String
    let agencies: [AgencyHandle]

    enum CodingKeys: CodingKey {
      case api, console, sandbox, agencies
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(api, forKey: .api)
      // Scripts expect the field, also while it is null.
      try container.encode(console, forKey: .console)
      try container.encode(sandbox, forKey: .sandbox)
      try container.encode(agencies, forKey: .agencies)
    }
  }

  /// Runs the demo until its sends are settled and returns the summary.
  func run(_ processes: inout [ChildProcess]) async throws -> (DemoTable, Handle) {
    let log = stage.home.appending(path: "sandbox.ndjson").path
    try? FileManager.default.removeItem(atPath: log)
    let sandbox = HTTP(
      client: client, base: try await stage.start("sandbox", ["--port", "0", "--log", log], into: &processes))
    let environment = ["NUANQUN_LISTEN": listen, "NUANQUN_WECOM_URL": sandbox.base]
    let api = HTTP(client: client, base: try await stage.start("api", [], environment, into: &processes))
    try await api.waitUntilReady("/readyz")
    for number in 1...2 { processes.append(try stage.process(["worker"], name: "worker\(number)", environment)) }
    say("api      \(api.base)/v1\nsandbox  \(sandbox.base)  <- watch the chat rooms here\n")

    var agencies: [Handle.AgencyHandle] = []
    var brands: [(setup: BrandSetup, contents: [String: String])] = []
    for agency in try data.agencies() {
      let (key, people) = try await makeAgency(agency)
      var owner = api
      owner.key = key
      for file in agency.brands {
        let setup = BrandSetup(data: data, file: file, api: owner, sandbox: sandbox)
        brands.append((setup, try await setup.fill()))
        say("filled   \(file.name): groups, members and contents")
      }
      try await DemoPeople(stage: stage).assign(people, agency: agency.slug, brands: agency.brands.map(\.slug))
      agencies.append(
        Handle.AgencyHandle(
          slug: agency.slug, brands: agency.brands.map(\.slug),
          people: people.map { .init(email: $0.email, password: $0.password, role: $0.role.rawValue) }, apiKey: key))
    }
    let handle = Handle(api: api.base, console: nil, sandbox: sandbox.base, agencies: agencies)
    try write(handle)
    return (try await send(brands, processes), handle)
  }

  private func makeAgency(_ file: DemoData.AgencyFile) async throws -> (key: String, [DemoPeople.Login]) {
    let owner = try OwnerAccess(stage.deployment)
    let agency = try await AgencyStore(owner.pool).create(slug: file.slug, name: file.name)
    let key = try await APIKeyStore(owner.pool).create(for: agency.id, name: "demo")
    await owner.close()
    return (key.text, try await DemoPeople(stage: stage).join(agency))
  }

  private func write(_ handle: Handle) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(handle).write(to: stage.home.appending(path: "demo.json"), options: .atomic)
  }

  /// Approves the plans and watches until all that is due now has come to an end. The plan for quiet hours comes last:
  /// its brand's quiet hours are moved over the present when everything else has left.
  private func send(
    _ brands: [(setup: BrandSetup, contents: [String: String])], _ processes: [ChildProcess]
  ) async throws -> DemoTable {
    let begun = ContinuousClock.now
    let now = Date()
    var expected: [Int] = []
    for (setup, contents) in brands {
      let plans = try setup.data.plans(of: setup.file).filter { $0.expect != "skipped_quiet_hours" }
      try await setup.plan(plans, contents: contents, now: now)
      let groups = try groupCount(setup)
      expected.append(plans.filter { $0.due != nil }.count * groups)
    }
    var ends = try await watch(brands.map(\.setup), expected, since: begun, processes)
    for (index, (setup, contents)) in brands.enumerated() {
      let quiet = try setup.data.plans(of: setup.file).filter { $0.expect == "skipped_quiet_hours" }
      guard !quiet.isEmpty else { continue }
      try await setup.setQuietHours(around: Date(), includingNow: true)
      try await setup.plan(quiet, contents: contents, now: Date().addingTimeInterval(2 - Double(quiet[0].delay ?? 0)))
      expected[index] += quiet.count * (try groupCount(setup))
    }
    let quietEnds = try await watch(brands.map(\.setup), expected, since: begun, processes)
    for index in ends.indices where quietEnds[index].count != ends[index].count { ends[index] = quietEnds[index] }
    return DemoTable(rows: ends)
  }

  private func groupCount(_ setup: BrandSetup) throws -> Int {
    // The demo's plans that are due now go to all groups of their brand.
    try DemoSheets.groups(of: setup.file, in: setup.data)
  }

  private func watch(
    _ setups: [BrandSetup], _ expected: [Int], since begun: ContinuousClock.Instant, _ processes: [ChildProcess]
  ) async throws -> [DemoTable.Row] {
    var rows: [Int: DemoTable.Row] = [:]
    var last = ""
    let end = ContinuousClock.now + .seconds(300)
    while rows.count < setups.count {
      var delivered = 0
      for (index, setup) in setups.enumerated() {
        let tally = try await setup.api.send("GET", "/v1/brands/\(setup.file.slug)/deliveries/tally")
        let count = DeliveryCount(planned: expected[index], tally: tally)
        delivered += count.planned - count.open
        if count.isSettled, rows[index] == nil {
          let seconds = (ContinuousClock.now - begun) / .seconds(1)
          rows[index] = DemoTable.Row(brand: setup.file.name, count: count, seconds: seconds)
        }
      }
      let line = "settled  \(delivered) of \(expected.reduce(0, +))"
      if line != last { say(line) }
      last = line
      if let ended = processes.first(where: { !$0.isAlive }) { throw DemoFailure("\(ended.name) ended: \(ended.tail)") }
      guard ContinuousClock.now < end else { throw DemoFailure("the sends were not settled within five minutes") }
      try await Task.sleep(for: .milliseconds(500))
    }
    return rows.sorted { $0.key < $1.key }.map(\.value)
  }

  private func say(_ text: String) {
    print(text)
    fflush(nil)
  }
}
