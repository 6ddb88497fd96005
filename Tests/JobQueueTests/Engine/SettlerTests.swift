import Foundation
import Identifiers
import JobQueue
import Postgres
import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite struct SettlerTests {
  private func started(_ engine: Engine, as worker: String) async throws -> StartedRun {
    let run = try #require(try await engine.reserve(1, for: worker).first)
    return try #require(try await engine.store.start([run], worker: worker).started.first)
  }

  private func settler(_ engine: Engine, _ worker: String) -> Settler {
    Settler(store: engine.store, index: engine.index, worker: worker, logger: .quiet)
  }

  @Test func writesTheEndAndThenTellsTheIndex() async throws {
    try await Engine.with { engine in
      try await engine.declareIndexWhole()
      let runs = try await engine.enqueueErrands(0..<3)
      let attempts = [
        try await started(engine, as: "worker"), try await started(engine, as: "worker"),
        try await started(engine, as: "worker"),
      ]
      let settler = settler(engine, "worker")
      await settler.settle(.done(attempts[0]))
      #expect(try await engine.row(runs[0]).state == "done")
      #expect(try await !engine.isKnown(runs[0]))
      await settler.settle(.retried(attempts[1], after: .seconds(300), because: "a hiccup"))
      #expect(try await engine.row(runs[1]).state == "ready")
      #expect(try await engine.redis("ZSCORE", "due", "\(runs[1])").integer != nil)
      await settler.settle(.givenBack(attempts[2]))
      #expect(try await engine.reserve(3, for: "another") == [runs[2]])
    }
  }

  @Test func manyEndsAtOnceAreAllWritten() async throws {
    try await Engine.with { engine in
      try await engine.declareIndexWhole()
      try await engine.enqueueErrands(0..<200)
      let reserved = try await engine.reserve(200, for: "worker")
      let attempts = try await engine.store.start(reserved, worker: "worker").started
      let settler = settler(engine, "worker")
      await withDiscardingTaskGroup { group in
        for attempt in attempts { group.addTask { await settler.settle(.done(attempt)) } }
      }
      #expect(try await engine.states() == ["done": 200])
      #expect(try await engine.redis("HLEN", "runs").integer == 0)
    }
  }

  /// An end that Postgres can never take must not hold up everybody's.
  @Test func aRefusedEndHoldsUpNobody() async throws {
    try await Engine.with { engine in
      try await engine.declareIndexWhole()
      try await engine.enqueueErrands(0..<20)
      let reserved = try await engine.reserve(20, for: "worker")
      let attempts = try await engine.store.start(reserved, worker: "worker").started
      let log = LogTally()
      let settler = Settler(store: engine.store, index: engine.index, worker: "worker", logger: log.logger)
      // It fits the wire and lies after the last instant that the server knows.
      let beyondTime = Date(timeIntervalSinceReferenceDate: 9_223_339_977_600)
      await withDiscardingTaskGroup { group in
        for (number, attempt) in attempts.enumerated() {
          let ending = number == 7 ? Ending.snoozed(attempt, until: beyondTime) : .done(attempt)
          group.addTask { await settler.settle(ending) }
        }
      }
      #expect(try await engine.states() == ["done": 19, "running": 1])
      #expect(try await engine.holder(of: attempts[7].id) == "worker")
      #expect(log.messages.counts["end of a run refused"] == 1)
    }
  }

  private func startedRun(_ engine: Engine) async throws -> StartedRun {
    try await engine.declareIndexWhole()
    _ = try await engine.enqueue(Errand())
    return try await started(engine, as: "worker")
  }

  /// An end that were forgotten would be a crash in the books.
  @Test func anEndWaitsUntilPostgresTakesIt() async throws {
    try await Engine.with { engine in
      let run = try await startedRun(engine)
      let log = LogTally()
      let settler = Settler(store: engine.store, index: engine.index, worker: "worker", logger: log.logger)
      try await engine.asOwner("alter table ops.runs rename to runs_away")
      async let settled: Void = settler.settle(.done(run))
      try await eventually("it has failed") { log.messages.counts["ends of runs not written yet"] ?? 0 > 1 }
      #expect(try await engine.isKnown(run.id))
      try await engine.asOwner("alter table ops.runs_away rename to runs")
      await settled
      #expect(try await engine.row(run.id).state == "done")
      #expect(try await !engine.isKnown(run.id))
    }
  }

  @Test func whoGivesUpLeavesTheRunToTheNext() async throws {
    try await Engine.with { engine in
      let run = try await startedRun(engine)
      let settler = settler(engine, "worker")
      settler.giveUp()
      try await engine.asOwner("alter table ops.runs rename to runs_away")
      await settler.settle(.done(run))
      try await engine.asOwner("alter table ops.runs_away rename to runs")
      // Nothing is written, and the index keeps the lease until it runs out.
      #expect(try await engine.row(run.id).state == "running")
      #expect(try await engine.holder(of: run.id) == "worker")
    }
  }

  /// The run was reaped and came back to the same worker, which still performs it for the first time: the lease is the
  /// second attempt's, and the first one's end must not take it.
  @Test(arguments: ["worker", "another"]) func anOvertakenAttemptLeavesTheLeaseAlone(second: String) async throws {
    try await Engine.with { engine in
      try await engine.declareIndexWhole()
      let run = try await engine.enqueue(Errand())
      try await engine.vanish(with: run, as: "worker")
      let first = StartedRun(
        id: run, tenant: engine.tenant(), kind: Errand.kind, runClass: .normal, dueAt: .now, payload: "{}", epoch: 1,
        attempts: 0, crashes: 0)
      try await eventually("the lease is reaped") { try await engine.index.reap() == 1 }
      let later = try await started(engine, as: second)
      await settler(engine, "worker").settle(.done(first))
      #expect(try await engine.row(run).state == "running")
      #expect(try await engine.holder(of: run) == second)
      #expect(try await engine.isKnown(run))
      await settler(engine, second).settle(.done(later))
      #expect(try await engine.row(run).state == "done")
      #expect(try await !engine.isKnown(run))
    }
  }
}
