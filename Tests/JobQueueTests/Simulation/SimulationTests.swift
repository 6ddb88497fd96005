import Foundation
import JobQueue
import Testing

/// The engine as it is, in histories that real time and real servers would not live long enough for.
///
/// `NUANQUN_SIMULATIONS` says how many, `NUANQUN_SIMULATION` plays one seed and tells its story.
@Suite struct SimulationTests {
  private static let base: UInt64 = 20_261_122
  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["NUANQUN_SIMULATIONS"].flatMap { UInt64($0) } ?? 600
  private static let chosen = environment["NUANQUN_SIMULATION"].flatMap { UInt64($0) }

  @Test(.timeLimit(.minutes(600))) func noHistoryBreaksARule() async {
    let seeds = Self.chosen.map { [$0] } ?? Array(Self.base..<Self.base + Self.count)
    print("simulating \(seeds.count) histories from seed \(seeds.first ?? 0)")
    let (failed, steps) = await History.playing {
      var (failed, steps) = ([History](), 0)
      for seed in seeds {
        let history = History(seed: seed, isTold: Self.chosen != nil)
        steps += history.steps
        guard !history.violations.isEmpty || Self.chosen != nil else { continue }
        print("seed \(seed): \(history.violations)", history.story.joined(separator: "\n"), separator: "\n")
        if !history.violations.isEmpty { failed.append(history) }
      }
      return (failed, steps)
    }
    print("simulated \(steps) steps")
    #expect(steps > 0)
    for history in failed.prefix(10) { Issue.record("seed \(history.seed): \(history.violations)") }
  }

  /// Histories that the engine once failed. A change of the plan makes others of them; what they found has tests of its
  /// own.
  @Test(arguments: [UInt64(20_261_549)]) func whatWasMendedStaysMended(seed: UInt64) async {
    let violations = await History.playing { History(seed: seed).violations }
    #expect(violations.isEmpty, "\(violations)")
  }

  @Test func theSameSeedIsTheSameHistory() async {
    let prints = await History.playing { (1...12).map { seed in (0..<2).map { _ in History(seed: seed).fingerprint } } }
    for pair in prints { #expect(pair[0] == pair[1]) }
    #expect(Set(prints.map { $0[0] }).count == prints.count)
  }

  /// The controls: whatever keeps the histories right is seen when it is taken away.
  @Test(arguments: [
    (Guard.epochs, [Violation.Kind.endedByOvertaken]), (.claims, [.doubled]), (.orphans, [.lost]),
    (.leases, [.begunWhenOvertaken]), (.leaseLength, [.begunWhenOvertaken]), (.gates, [.gateCrossed]),
    (.window, [.overLimit]), (.firstByte, [.overLimit]), (.mending, [.lost]), (.emptying, [.lost]),
    (.builders, [.lost]), (.pauses, [.startedPaused]),
    (.stopping, [.chargedInVain]),
  ])
  func aMissingGuardIsSeen(_ missing: Guard, _ kinds: [Violation.Kind]) async {
    // Rare: one has to empty the index over the other, and a command has to come late.
    let first = missing == .builders ? Self.base + 9_300 : Self.base
    let found = await History.playing {
      (0..<max(2_500, Self.count)).lazy.map { History(seed: first + $0, without: missing) }
        .first { history in kinds.allSatisfy { kind in history.violations.contains { $0.kind == kind } } }?.seed
    }
    #expect(found != nil, "without \(missing) nobody would notice")
    print("without \(missing): seed \(found ?? 0)")
  }
}
