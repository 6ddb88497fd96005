import Foundation

/// The other side of the comparison: Postgres' own `pgbench` and `psql`.
struct PostgresBenchTools: Sendable {
  private let settings: PostgresBenchSettings
  private let folder: URL

  init(_ settings: PostgresBenchSettings) throws {
    self.settings = settings
    folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let pick = "\\set id random(1, \(PostgresBenchSchema.keys))\n"
    try write("select.sql", pick + "select value from bench.pairs where id = :id;\n")
    try write(
      "brand.sql",
      pick + """
        begin;
        select set_config('role', '\(PostgresBenchSchema.role)', true), set_config('search_path', 'bench', true);
        select value from pairs where id = :id;
        commit;

        """)
    try write("members.txt", Self.members())
  }

  func clean() {
    // A file that is left in the temporary folder harms nobody.
    try? FileManager.default.removeItem(at: folder)
  }

  func selects(clients: Int) async throws -> Double { try await pgbench("select.sql", clients) }
  func brandTransactions(clients: Int) async throws -> Double { try await pgbench("brand.sql", clients) }

  /// Rows per second by psql's own timing, without the start of the process.
  func copyIn() async throws -> Double {
    let path = folder.appending(path: "members.txt").path
    let output = try await run(
      "psql",
      [
        "-X", "-q", "-d", settings.connectionString, "-c", "truncate bench.members", "-c", "\\timing on", "-c",
        "\\copy bench.members from '\(path)'",
      ])
    guard let match = output.firstMatch(of: #/Time: ([0-9.]+) ms/#), let milliseconds = Double(match.1) else {
      throw BenchFailure(description: "psql told no time: \(output)")
    }
    return Double(PostgresBenchLoads.copied) / (milliseconds / 1_000)
  }

  private func pgbench(_ script: String, _ clients: Int) async throws -> Double {
    let output = try await run(
      "pgbench",
      [
        "-n", "-M", "prepared", "-c", "\(clients)", "-T", "\(settings.seconds)", "-f",
        folder.appending(path: script).path, settings.connectionString,
      ])
    guard let match = output.firstMatch(of: #/tps = ([0-9.]+)/#), let rate = Double(match.1) else {
      throw BenchFailure(description: "pgbench told no rate: \(output)")
    }
    return rate
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  private static func members() -> String {
    let format = Date.ISO8601FormatStyle()
    let joined = Date(timeIntervalSince1970: 1_770_000_000)
    var text = ""
    for number in 1...PostgresBenchLoads.copied {
      let score = number % 10 == 0 ? #"\N"# : "\(number % 1_000)"
      let time = joined.addingTimeInterval(Double(number)).formatted(format)
      text += "\(number)\t\(PostgresBenchSchema.name(of: number))\t\(time)\t\(score)\t\(number % 2 == 0 ? "t" : "f")\n"
    }
    return text
  }

  private func run(_ tool: String, _ arguments: [String]) async throws -> String {
    try await BenchProcess.output(
      of: URL(fileURLWithPath: settings.binaries).appending(path: tool), arguments, mixed: true)
  }
}
