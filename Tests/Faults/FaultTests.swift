import Community
import Foundation
import Glibc
import LocalServers
import Sandbox
import Testing

@testable import Trials

/// Something breaks while sends are under way, and the ledger is compared with what really arrived.
///
/// Real servers, the real sandbox, real worker processes. The sandbox answers late, so that the work lasts and many
/// sends are between their two commits when the fault comes.
@Suite(.serialized, .timeLimit(.minutes(4))) struct FaultTests {
  /// Each answer is this late.
  static let slow = FaultRule(.slow, delayMilliseconds: 1_000)

  @Test func aStoppedPostgresCostsNothing() async throws {
    try await FaultStage.with { stage in
      try await begin(stage)
      try await stage.postgres.restart(downtime: .seconds(10))
      try await expectGood(stage, mayBeUnknown: 0)
    }
  }

  @Test func aCrashedPostgresCostsNothing() async throws {
    try await FaultStage.with { stage in
      try await begin(stage)
      try await stage.postgres.restart(immediate: true, downtime: .seconds(1))
      try await expectGood(stage, mayBeUnknown: 0)
    }
  }

  @Test(arguments: [true, false]) func aStoppedRedisCostsNothing(keepingData: Bool) async throws {
    try await FaultStage.with { stage in
      try await begin(stage)
      try await stage.redis.restart(keepingData: keepingData, downtime: .seconds(10))
      try await expectGood(stage, mayBeUnknown: 0)
    }
  }

  @Test func anEmptiedRedisCostsNothing() async throws {
    try await FaultStage.with { stage in
      try await begin(stage)
      try RedisCommandLine.run(["FLUSHALL"], on: stage.redis)
      try await expectGood(stage, mayBeUnknown: 0)
    }
  }

  @Test func aKilledWorkerLeavesOnlyWhatItHadUnderWay() async throws {
    try await FaultStage.with { stage in
      let victim = try await begin(stage)
      victim.send(SIGKILL)
      #expect(try await victim.end(within: .seconds(10)) == -SIGKILL)
      try await stage.startWorker()
      try await expectGood(stage, mayBeUnknown: FaultStage.slots)
    }
  }

  @Test func aFrozenWorkerIsOvertakenAndDoesNoHarmWhenItGoesOn() async throws {
    try await FaultStage.with { stage in
      let victim = try await begin(stage)
      victim.send(SIGSTOP)
      try #require(try await stage.runs(of: victim) > 0)
      try await eventually { try await stage.runs(of: victim) == 0 }
      victim.send(SIGCONT)
      try await expectGood(stage, mayBeUnknown: FaultStage.slots)
    }
  }

  @Test func aWorkerThatFreezesInTheMiddleOfItsClaimsLosesNothing() async throws {
    try await FaultStage.with(plans: 6) { stage in
      let victim = try await begin(stage, slow: false)
      // Its commits wait for the server; when that goes on, they are done, and the worker does not know it.
      await stage.postgres.pause()
      try await Task.sleep(for: .milliseconds(300))
      victim.send(SIGSTOP)
      await stage.postgres.resume()
      try #require(try await stage.runs(of: victim) > 0)
      try await eventually { try await stage.runs(of: victim) == 0 }
      victim.send(SIGCONT)
      try await expectGood(stage, mayBeUnknown: FaultStage.slots)
    }
  }

  @Test func aStoppingWorkerFinishesWhatItHasAndLeavesTheRest() async throws {
    try await FaultStage.with { stage in
      let stopped = try await begin(stage)
      stopped.send(SIGTERM)
      #expect(try await stopped.end(within: .seconds(40)) == 0)
      #expect(try await stage.runs(of: stopped) == 0)
      try #require(try stage.sandbox.arrivals().accepted().count < stage.brand.expected.count)
      try await expectGood(stage, mayBeUnknown: 0)
    }
  }

  @Test func whatThePlatformLeavesOpenIsUnknownAndNothingElse() async throws {
    try await FaultStage.with(settings: ["NUANQUN_WECOM_TIMEOUT_SECONDS": "2"]) { stage in
      let robots = stage.brand.robots.map(\.key)
      let open: [FaultMode] = [.cutAfterAccepting, .hangAfterAccepting, .cutBeforeAccepting, .errorAfterAccepting]
      var rules = open.enumerated().flatMap { index, mode in
        robots[(index * 4)..<(index * 4 + 4)].map { FaultRule(mode, robot: $0, next: 1) }
      }
      // What the platform says it did not take leaves again, and so does nothing else.
      rules += robots[16..<20].map { FaultRule(.errorBeforeAccepting, robot: $0, next: 1) }
      try await stage.sandbox.misbehave(rules)
      for _ in 1...2 { try await stage.startWorker() }
      try await stage.brand.plan()
      try await eventually { try stage.sandbox.arrivals().entries.count { $0.fault != nil } == rules.count }
      let verdict = try await expectGood(stage, mayBeUnknown: 16)
      #expect(verdict.count(.unknown) == 16)
      #expect(verdict.count(.delivered) == stage.brand.expected.count - 16)
    }
  }

  /// Starts two workers and the sends, and returns one of the workers in the middle of them.
  @discardableResult
  private func begin(_ stage: FaultStage, slow: Bool = true) async throws -> ProductProcess {
    if slow { try await stage.sandbox.misbehave([Self.slow]) }
    let worker = try await stage.startWorker()
    try await stage.startWorker()
    try await stage.brand.plan()
    try await eventually { try stage.sandbox.arrivals().accepted().count >= 25 }
    let arrived = try stage.sandbox.arrivals().accepted().count
    try #require(arrived < stage.brand.expected.count - 25, "the fault must come in the middle")
    return worker
  }

  /// From here on the sandbox answers at once: the fault is over, and what follows need not last.
  @discardableResult
  private func expectGood(_ stage: FaultStage, mayBeUnknown: Int) async throws -> Verdict {
    try await stage.sandbox.misbehave([])
    let verdict = try await stage.verdict(mayBeUnknown: mayBeUnknown)
    #expect(verdict.findings.isEmpty, "\(verdict.tails.joined(separator: "\n--\n"))")
    return verdict
  }
}
