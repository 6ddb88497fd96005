import Community
import Foundation
import LocalServers
import Sandbox
import Testing

@testable import Trials

/// One worker alone loses Redis, Postgres or the right time, or Redis is full: nothing dies, so nothing may be unknown.
@Suite(.serialized, .timeLimit(.minutes(4))) struct CutTests {
  /// How a link is cut. What is lost on the way comes again, or its connection is gone.
  enum Cut: CaseIterable, CustomTestStringConvertible {
    case silent, silentAndReset, refusing

    var mode: Link.Mode { self == .refusing ? .refusing : .silent }
    var testDescription: String { "\(self)" }
  }

  @Test(arguments: Cut.allCases) func aWorkerWithoutRedisCostsNothing(cut: Cut) async throws {
    try await FaultStage.with { stage in
      let victim = try await begin(stage)
      try await expectCut(victim.redis, cut, stage)
    }
  }

  @Test(arguments: Cut.allCases) func aWorkerWithoutPostgresCostsNothing(cut: Cut) async throws {
    try await FaultStage.with { stage in
      let victim = try await begin(stage)
      try await expectCut(victim.postgres, cut, stage)
    }
  }

  @Test(arguments: [600, -600] as [Int64]) func aWorkerWithAWrongClockCostsNothing(ahead: Int64) async throws {
    try await FaultStage.with { stage in
      let victim = try await begin(stage)
      let worker = try await victim.sitting()
      try victim.clock.set(ahead: ahead)
      // It shall also have something to try again.
      let busy = stage.brand.robots.prefix(10).map { FaultRule(.errorBeforeAccepting, robot: $0.key, next: 1) }
      try await stage.sandbox.misbehave(busy + [FaultTests.slow])
      try await Task.sleep(for: FaultStage.lease * 2)
      try await expectGood(stage)
      // The clock has really been wrong: what the worker wrote shows it.
      let shown = Date(timeIntervalSinceNow: Double(ahead)).ISO8601Format().prefix(15)
      let log = try String(contentsOf: worker.log, encoding: .utf8)
      #expect(log.contains(shown), "\(log.suffix(2_000))")
    }
  }

  @Test func aFullRedisCostsNothing() async throws {
    try await FaultStage.with { stage in
      try await begin(stage)
      try RedisCommandLine.run(["CONFIG", "SET", "maxmemory", "1"], on: stage.redis)
      #expect(throws: RedisCommandLine.Failure.self) {
        try RedisCommandLine.run(["SET", "something", "new"], on: stage.redis)
      }
      try await Task.sleep(for: FaultStage.lease * 2)
      try RedisCommandLine.run(["CONFIG", "SET", "maxmemory", "0"], on: stage.redis)
      try await expectGood(stage)
    }
  }

  @Test func aKilledAPIMakesEachThingOnce() async throws {
    try await FaultStage.with(rooms: 10, plans: 1) { stage in
      let api = try await stage.startAPI()
      _ = try await stage.seatWorker()
      let postings = Postings()
      let load = BrandLoad(
        api: api, brand: stage.brand, postings: postings,
        pace: BrandLoad.Pace(round: .seconds(1), toAll: 1, burst: 1), lead: 10)
      let end = ContinuousClock.now + .seconds(8)
      async let posting: Void = load.run(until: end)
      for _ in 1...3 {
        try await Task.sleep(for: .seconds(1))
        try await stage.restartAPI(downtime: .milliseconds(500))
      }
      try await posting
      let verdict = try await stage.verdict(on: await postings.sends, mayBeUnknown: 0, mustArrive: true)
      #expect(verdict.findings.isEmpty, "\(verdict.tails.joined(separator: "\n--\n"))")
      try #require(verdict.count(.delivered) > 20)
    }
  }

  /// Seats two workers, starts the sends, and returns one of the workers in the middle of them.
  @discardableResult
  private func begin(_ stage: FaultStage) async throws -> WorkerSeat {
    try await stage.sandbox.misbehave([FaultTests.slow])
    let victim = try await stage.seatWorker()
    _ = try await stage.seatWorker()
    try await stage.brand.plan()
    try await eventually { try stage.sandbox.arrivals().accepted().count >= 25 }
    try #require(try await stage.runs(of: victim.sitting()) > 0)
    return victim
  }

  private func expectCut(_ link: Link, _ cut: Cut, _ stage: FaultStage) async throws {
    link.set(cut.mode)
    try await Task.sleep(for: FaultStage.lease * 2)
    if cut == .silentAndReset { link.reset() }
    link.set(.open)
    try await expectGood(stage)
  }

  private func expectGood(_ stage: FaultStage) async throws {
    try await stage.sandbox.misbehave([])
    let verdict = try await stage.verdict(on: stage.brand.expected, mayBeUnknown: 0, mustArrive: true)
    #expect(verdict.findings.isEmpty, "\(verdict.tails.joined(separator: "\n--\n"))")
  }
}
