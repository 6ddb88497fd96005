import AsyncHTTPClient
import Bench
import Foundation
import NIOCore
import Postgres
import Sandbox
import Tenancy

/// The whole road, measured with the product's own processes: from a touch's due instant to the request at the sandbox,
/// and deliveries per second with one and with two workers.
struct RoadBench {
  let stage: Stage
  let api: HTTP
  let sandbox: HTTP
  let log: String

  private static let groups = 400
  private static let brand = "bench"

  static func run(home: URL, _ deployment: Deployment) async throws -> [BenchRow] {
    let stage = try await Stage.start(home: home, migrations: try deployment.migrations(), logger: deployment.logger)
    let client = HTTPClient(eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup.any()))
    var processes: [ChildProcess] = []
    let result: Result<[BenchRow], any Error>
    do {
      let log = home.appending(path: "sandbox.ndjson").path
      let sandbox = HTTP(
        client: client, base: try await stage.start("sandbox", ["--port", "0", "--log", log], into: &processes))
      let listen = ["NUANQUN_LISTEN": "127.0.0.1:0", "NUANQUN_WECOM_URL": sandbox.base]
      var api = HTTP(client: client, base: try await stage.start("api", [], listen, into: &processes))
      try await api.waitUntilReady("/readyz")
      api.key = try await makeAgency(stage)
      let bench = RoadBench(stage: stage, api: api, sandbox: sandbox, log: log)
      result = .success(try await bench.measure(&processes, listen))
    } catch {
      result = .failure(error)
    }
    for process in processes.reversed() { await process.stop() }
    try? await client.shutdown()
    await stage.stop()
    return try result.get()
  }

  private static func makeAgency(_ stage: Stage) async throws -> String {
    let owner = try OwnerAccess(stage.deployment)
    let agency = try await AgencyStore(owner.pool).create(slug: "bench", name: "Bench")
    let key = try await APIKeyStore(owner.pool).create(for: agency.id, name: "bench")
    await owner.close()
    return key.text
  }

  private func measure(_ processes: inout [ChildProcess], _ environment: [String: String]) async throws -> [BenchRow] {
    // Only for the import: the workers that are measured start with nothing behind them.
    let filler = try stage.process(["worker"], name: "filler", environment)
    processes.append(filler)
    try await fill()
    await filler.stop()
    processes.removeAll { $0 === filler }
    let idleAPI = processes[1].residentMegabytes
    let first = try stage.process(["worker"], name: "worker1", environment)
    processes.append(first)
    // A worker that has just started has not built its index, nor connected.
    try await Task.sleep(for: .seconds(2))
    let idleWorker = first.residentMegabytes
    var rows = try await lags()
    rows.append(row("deliveries_per_s_1", try await throughput("one"), "deliveries per second"))
    processes.append(try stage.process(["worker"], name: "worker2", environment))
    try await Task.sleep(for: .seconds(2))
    rows.append(row("deliveries_per_s_2", try await throughput("two"), "deliveries per second"))
    rows.append(row("api_rss_mb", processes[1].residentMegabytes, "MB after the load"))
    rows.append(row("worker_rss_mb", first.residentMegabytes, "MB after the load"))
    rows.append(row("api_rss_idle_mb", idleAPI, "MB before it"))
    rows.append(row("worker_rss_idle_mb", idleWorker, "MB before it"))
    return rows
  }

  private func row(_ name: String, _ value: Double, _ unit: String) -> BenchRow {
    BenchRow(name: name, ours: value, theirs: nil, unit: unit, ratio: nil)
  }

  /// A brand with a robot for each group, and a tag for each twentieth of the groups.
  private func fill() async throws {
    try await api.send("POST", "/v1/brands", json: .object(["slug": .text(Self.brand), "name": .text("Bench")]))
    // So that no hour of the day falls into quiet hours.
    try await api.send(
      "PATCH", "/v1/brands/\(Self.brand)/settings",
      json: .object(["quiet_from": .text("00:00"), "quiet_to": .text("00:00")]))
    var sheet = "群名称,标签,机器人地址\n"
    var robots: [JSONValue] = []
    for number in 0..<Self.groups {
      let key = UUID().uuidString.lowercased()
      sheet += "测试群\(number),t\(number / 20),\(key)\n"
      let room: JSONValue = .object(["name": .text("测试群\(number)"), "brand": .text("Bench")])
      robots.append(.object(["key": .text(key), "room": room]))
    }
    try await sandbox.send("POST", "/sandbox/robots", json: .list(robots))
    try await api.importSheet(Data(sheet.utf8), named: "groups.csv", of: "groups", into: "/v1/brands/\(Self.brand)")
  }

  /// Thirty seconds with twenty deliveries in each: the time from the due instant to the request at the sandbox.
  private func lags() async throws -> [BenchRow] {
    let start = Date(timeIntervalSinceNow: 8).timeIntervalSince1970.rounded(.up)
    var dues: [String: Date] = [:]
    for second in 0..<30 {
      let due = Date(timeIntervalSince1970: start + Double(second))
      let text = "lag-\(second)-\(UUID().uuidString)"
      dues[text] = due
      try await plan(text, at: due, audience: .object(["tags": .list([.text("t\(second % 20)")])]))
    }
    let sends = try await sends(of: Set(dues.keys), count: 600)
    let lags = sends.compactMap { entry in
      dues[entry.content ?? ""].map { entry.at.date.timeIntervalSince($0) * 1_000 }
    }.sorted()
    guard !lags.isEmpty else { throw DemoFailure("nothing was sent") }
    return [
      row("due_lag_p50_ms", lags[lags.count / 2], "ms from due to the platform"),
      row("due_lag_p99_ms", lags[lags.count * 99 / 100], "ms from due to the platform"),
    ]
  }

  /// Five touches to all groups at one instant: deliveries by the time from then to the last outcome's commit.
  private func throughput(_ name: String) async throws -> Double {
    let due = Date(timeIntervalSince1970: Date(timeIntervalSinceNow: 5).timeIntervalSince1970.rounded(.up))
    let texts = (0..<5).map { "load-\(name)-\($0)-\(UUID().uuidString)" }
    for text in texts { try await plan(text, at: due, audience: .object(["all": .bool(true)])) }
    let count = texts.count * Self.groups
    _ = try await sends(of: Set(texts), count: count)
    let settled = try await settledAt()
    return Double(count) / max(settled.timeIntervalSince(due), 0.001)
  }

  private func plan(_ text: String, at due: Date, audience: JSONValue) async throws {
    let path = "/v1/brands/\(Self.brand)"
    let content = try await api.send(
      "POST", "\(path)/contents",
      json: .object([
        "title": .text(String(text.prefix(90))), "kind": .text("text"), "weight": .text("service"),
        "body": .object(["text": .text(text)]),
      ]))
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withFullDate, .withTime, .withColonSeparatorInTime]
    formatter.timeZone = TimeZone(identifier: "Asia/Shanghai")
    let wall = formatter.string(from: due).split(separator: "T")
    let plan = try await api.send(
      "POST", "\(path)/plans",
      json: .object([
        "name": .text(String(text.prefix(90))), "contents": .list([.text(content["id"]?.text ?? "")]),
        "audience": audience,
        "recurrence": .object([
          "kind": .text("once"), "date": .text(String(wall[0])), "time": .text(String(wall[1].prefix(8))),
        ]),
      ]))
    try await api.send("PUT", "\(path)/plans/\(plan["id"]?.text ?? "")/approval")
  }

  private func sends(of texts: Set<String>, count: Int) async throws -> [SandboxLogEntry] {
    let end = ContinuousClock.now + .seconds(180)
    while true {
      let entries = try SandboxLog(contentsOf: log).entries
      let found = entries.filter { $0.accepted && texts.contains($0.content ?? "") }
      if found.count >= count { return found }
      guard ContinuousClock.now < end else { throw DemoFailure("only \(found.count) of \(count) were sent") }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  /// When the last delivery was settled, by the database's clock.
  private func settledAt() async throws -> Date {
    let owner = try OwnerAccess(stage.deployment)
    let schema = try await owner.pool.read("select schema_name from control.brands where slug = \(Self.brand)")
    let name = try schema.first?.value("schema_name", as: String.self) ?? ""
    while true {
      let rows = try await owner.pool.read(
        """
        select max(settled_at) as last, count(*) filter (where state in ('ready', 'sending')) as open
        from \(identifier: name).deliveries
        """)
      if let row = rows.first, try row.value("open", as: Int.self) == 0,
        let last = try row.value("last", as: Date?.self)
      {
        await owner.close()
        return last
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
