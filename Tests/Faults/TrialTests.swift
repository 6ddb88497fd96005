import Testing
import TestSupport

@testable import Trials

/// The trial of `nuanqun bench faults` in little: a minute of faults, many of them at the same time.
@Suite(.timeLimit(.minutes(6))) struct TrialTests {
  @Test func overlappingFaultsLoseAndDoubleNothing() async throws {
    // With this seed Postgres is restored in the middle.
    var trial = FaultTrial(seed: 20_261_143, duration: .seconds(50), migrations: TestDeployment.migrations)
    trial.brands = 2
    trial.rooms = 20
    trial.workers = 3
    trial.haste = 4
    trial.window = 10
    print("seed \(trial.seed)")
    let report = try await trial.run { print("faults: \($0)") }
    #expect(report.findings.isEmpty, "\(report.tails.joined(separator: "\n--\n"))")
    #expect(report.doubled == 0 && report.lost == 0 && report.overLimitWindows == 0)
    #expect(report.unknown <= report.unknownBound)
    #expect(report.deliveries >= 500)
    #expect(report.faults.values.reduce(0, +) >= 15, "\(report.faults)")
    #expect(report.faults["postgres_restored", default: 0] >= 1, "\(report.faults)")
    print(
      "unknown \(report.unknown) of at most \(report.unknownBound), missed \(report.missed) of \(report.deliveries)")
  }

  /// What a line does follows from its seed alone.
  @Test func theSameSeedLetsTheSameFaultsFall() async throws {
    let fell = try await [1, 1, 2 as UInt64].asyncMap { seed in
      let names = Names()
      let faults = ["a", "b", "c", "d"].map { name in Fault(name: name) { _, _ in await names.add(name) } }
      let line = FaultLine(name: "line", faults: faults, pause: 0.001...0.002)
      try await line.run(until: .now + .milliseconds(400), SeededRandom(seed: seed), FaultTally()) { _, _ in }
      return await Array(names.all.prefix(20))
    }
    #expect(fell[0].count == 20 && fell[0] == fell[1] && fell[0] != fell[2])
  }

  private actor Names {
    private(set) var all: [String] = []

    func add(_ name: String) { all.append(name) }
  }
}

extension Array {
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
