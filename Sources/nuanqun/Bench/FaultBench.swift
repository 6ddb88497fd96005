import Bench
import Foundation
import Trials

/// The long trial of faults, as rows. Whatever is for people goes to standard error, the seed first.
enum FaultBench {
  static func run(seed: UInt64, minutes: Double, _ deployment: Deployment) async throws -> TrialReport {
    note("seed \(seed); run again with --seed \(seed) --minutes \(minutes)")
    let trial = FaultTrial(seed: seed, duration: .seconds(minutes * 60), migrations: try deployment.migrations())
    do {
      return try await trial.run(note: note)
    } catch {
      throw DemoFailure("the trial with seed \(seed) could not be carried out: \(error)")
    }
  }

  static func rows(_ report: TrialReport) -> [BenchRow] {
    let faults = report.faults.sorted { $0.key < $1.key }
    return [
      row("deliveries", report.deliveries, "deliveries that had to arrive once"),
      row("faults", report.faults.values.reduce(0, +), "faults of processes, servers, networks and clocks"),
      row("doubled", report.doubled, "deliveries that arrived more than once"),
      row("lost", report.lost, "deliveries that are missing, and the ledger does not say unknown"),
      row("unknown", report.unknown, "deliveries that the ledger does not know"),
      row("unknown_bound", report.unknownBound, "deliveries under way at the faults, or open in a restored ledger"),
      row("missed", report.missed, "deliveries left to a person, as they were due while a restored cell was closed"),
      row("over_limit_windows", report.overLimitWindows, "robots with more than 20 sends in some minute"),
      row("contradicted", report.contradicted, "deliveries on which ledger and platform disagree in another way"),
      row("platform_faults", report.misbehaved, "requests that the platform answered wrongly or not at all"),
      BenchRow(name: "seconds", ours: report.seconds, theirs: nil, unit: "s in all", ratio: nil),
    ] + faults.map { row("fault_\($0.key)", $0.value, "of the faults") }
  }

  /// Throws when the product did something wrong, after saying what.
  static func check(_ report: TrialReport) throws {
    guard !report.findings.isEmpty else { return }
    for finding in report.findings { note(finding) }
    for tail in report.tails { note("--\n\(tail)") }
    throw DemoFailure("\(report.findings.count) findings with seed \(report.seed)")
  }

  private static func row(_ name: String, _ count: Int, _ unit: String) -> BenchRow {
    BenchRow(name: name, ours: Double(count), theirs: nil, unit: unit, ratio: nil)
  }

  @Sendable private static func note(_ text: String) {
    FileHandle.standardError.write(Data("faults: \(text)\n".utf8))
  }
}
