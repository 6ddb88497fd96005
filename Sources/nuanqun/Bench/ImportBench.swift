import AsyncHTTPClient
import Bench
import Foundation
import NIOCore
import Sheets
import Tenancy

/// A hundred thousand members, brought in by one worker: as separated values into an empty brand, and as a workbook that
/// changes every one of them; then undone.
struct ImportBench {
  let worker: ChildProcess
  let api: HTTP

  private static let rows = 100_000
  private static let groups = 200
  private static let brand = "/v1/brands/bench"

  static func run(home: URL, _ deployment: Deployment) async throws -> [BenchRow] {
    let stage = try await Stage.start(home: home, migrations: try deployment.migrations(), logger: deployment.logger)
    let client = HTTPClient(eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup.any()))
    var processes: [ChildProcess] = []
    let result: Result<[BenchRow], any Error>
    do {
      let listen = ["NUANQUN_LISTEN": "127.0.0.1:0"]
      var api = HTTP(client: client, base: try await stage.start("api", [], listen, into: &processes))
      try await api.waitUntilReady("/readyz")
      let worker = try stage.process(["worker"], name: "worker", listen)
      processes.append(worker)
      api.key = try await key(stage)
      let server = processes[0]
      var rows = try await ImportBench(worker: worker, api: api).measure()
      rows.append(row("import_api_rss_mb", server.peakMegabytes, "MB at most, the API's process"))
      result = .success(rows)
    } catch {
      result = .failure(error)
    }
    for process in processes.reversed() { await process.stop() }
    try? await client.shutdown()
    await stage.stop()
    return try result.get()
  }

  private static func key(_ stage: Stage) async throws -> String {
    let owner = try OwnerAccess(stage.deployment)
    let agency = try await AgencyStore(owner.pool).create(slug: "bench", name: "Bench")
    let key = try await APIKeyStore(owner.pool).create(for: agency.id, name: "bench")
    await owner.close()
    return key.text
  }

  private static func row(_ name: String, _ value: Double, _ unit: String) -> BenchRow {
    BenchRow(name: name, ours: value, theirs: nil, unit: unit, ratio: nil)
  }

  private func measure() async throws -> [BenchRow] {
    try await api.send("POST", "/v1/brands", json: .object(["slug": .text("bench"), "name": .text("Bench")]))
    let groups = "群名称,群ID\n" + (0..<Self.groups).map { "测试群\($0),g\($0)\n" }.joined()
    try await api.importSheet(Data(groups.utf8), named: "groups.csv", of: "groups", into: Self.brand)
    let idle = worker.residentMegabytes
    let (csv, first) = try await bring(try sheet(.csv, suffix: ""), .csv)
    let undone = try await seconds {
      try await api.send("PUT", "\(csv)/undo")
      try await api.waitForImport(csv, until: "undone")
    }
    let (_, again) = try await bring(try sheet(.csv, suffix: ""), .csv)
    let (_, changed) = try await bring(try sheet(.xlsx, suffix: "改"), .xlsx)
    return [
      Self.row("import_100k_s", first.check + first.run, "s to check and take 100,000 new rows"),
      Self.row("import_upload_s", first.upload, "s to upload them as CSV"),
      Self.row("import_check_s", first.check, "s of these to check"),
      Self.row("import_undo_s", undone, "s to undo it"),
      Self.row("import_again_s", again.check + again.run, "s to do it again"),
      Self.row("import_xlsx_upload_s", changed.upload, "s to upload them as XLSX"),
      Self.row("import_xlsx_100k_s", changed.check + changed.run, "s to change all of them"),
      Self.row("import_rss_idle_mb", idle, "MB before it, the worker"),
      Self.row("import_rss_mb", worker.peakMegabytes, "MB at most, the worker"),
    ]
  }

  private struct Times {
    let upload: Double
    let check: Double
    let run: Double
  }

  private func bring(_ sheet: Data, _ format: SheetFileFormat) async throws -> (path: String, times: Times) {
    var path = ""
    let upload = try await seconds {
      let address = "\(Self.brand)/imports?subject=members&name=members.\(format.rawValue)"
      let made = try await api.send("POST", address, sheet, type: String(format.mediaType.prefix { $0 != ";" }))
      path = "\(Self.brand)/imports/\(made["id"]?.text ?? "")"
    }
    let here = path
    let check = try await seconds {
      try await api.send("PUT", "\(here)/check")
      try await api.waitForImport(here, until: "checked")
    }
    let run = try await seconds {
      try await api.send("PUT", "\(here)/run", json: .object(["rows": .text("all")]))
      try await api.waitForImport(here, until: "done")
    }
    return (here, Times(upload: upload, check: check, run: run))
  }

  private func seconds(_ work: () async throws -> Void) async throws -> Double {
    let start = ContinuousClock.now
    try await work()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private func sheet(_ format: SheetFileFormat, suffix: String) throws -> Data {
    let titles = ["会员编号", "昵称", "手机号", "生日", "所在群", "入群时间"].map { SheetTitle($0) }
    let writer = try format.writer(titles, name: "成员")
    for number in 0..<Self.rows {
      try writer.append([
        .text("wm-\(number)"), .text("成员\(number)\(suffix)"), .text("139" + String(10_000_000 + number)),
        .text("199\(number % 10)-0\(number % 9 + 1)-1\(number % 10)"), .text("测试群\(number % Self.groups)"),
        .text("2026-03-0\(number % 9 + 1) 09:30"),
      ])
    }
    let file = try writer.finish()
    return Data(try file.read(at: 0, count: file.size))
  }
}
