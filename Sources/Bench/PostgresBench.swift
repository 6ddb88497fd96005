import Foundation
import Logging
import Polling
import Postgres

/// Where to measure Postgres, and for how long.
public struct PostgresBenchSettings: Sendable {
  /// A database that may be written to, as libpq's keywords; the schema `bench` in it is made anew.
  public var connectionString: String
  /// The folder of `pgbench` and `psql`.
  public var binaries: String
  /// How long each side runs per round.
  public var seconds = 3
  /// How often the sides take turns; the median counts.
  public var rounds = 3

  /// Settings with the default lengths.
  public init(connectionString: String, binaries: String) {
    self.connectionString = connectionString
    self.binaries = binaries
  }
}

/// Measures this driver beside `pgbench` and `psql` on the same server, by turns: one-row selects by key with 1, 8 and 32
/// tasks, a brand's transaction, and COPY of 100,000 rows.
public func postgresBench(_ settings: PostgresBenchSettings) async throws -> [BenchRow] {
  let configuration = try PostgresConfiguration(settings.connectionString)
  let pool = PostgresPool(configuration, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
  let theirs = try PostgresBenchTools(settings)
  do {
    try await pool.lease { try await $0.query(SQL(verbatim: PostgresBenchSchema.script)) }
    let ours = PostgresBenchLoads(pool: pool, seconds: settings.seconds)
    var rows: [BenchRow] = []
    for clients in [1, 8, 32] {
      rows.append(
        try await compare(
          "select_\(clients)", settings.rounds, ours: { try await ours.selects(tasks: clients) },
          theirs: { try await theirs.selects(clients: clients) }))
    }
    rows.append(
      try await compare(
        "brand_transaction", settings.rounds, ours: { try await ours.brandTransactions(tasks: 1) },
        theirs: { try await theirs.brandTransactions(clients: 1) }))
    rows.append(
      try await compare(
        "copy_in", settings.rounds, ours: { try await ours.copyIn() }, theirs: { try await theirs.copyIn() }))
    await pool.close()
    theirs.clean()
    return rows
  } catch {
    await pool.close()
    theirs.clean()
    throw error
  }
}

private func compare(
  _ name: String, _ rounds: Int, ours: () async throws -> Double, theirs: () async throws -> Double
) async throws -> BenchRow {
  var (our, their): ([Double], [Double]) = ([], [])
  for _ in 0..<max(rounds, 1) {
    our.append(try await ours())
    their.append(try await theirs())
  }
  let (left, right) = (median(our), median(their))
  return BenchRow(name: name, ours: left, theirs: right, unit: "per second", ratio: right > 0 ? left / right : nil)
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
