import Foundation
import Identifiers
import JobQueue
import Postgres
import Redis
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  /// What people do to the queue, with workers that do it.
  @Suite struct RunDeskTests {
    private func desk(_ engine: Engine, brand: Int? = 0) -> RunDesk {
      RunDesk(engine.deployment.pool, index: engine.index, tenant: brand.map(engine.tenant), as: "a test")
    }

    @Test func whatIsPausedWaitsAndGoesOnAfterwards() async throws {
      try await Engine.with(brands: 2) { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          return .done
        }
        try await desk(engine).pause(.tenant)
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let held = try await engine.enqueueErrands(0..<20, of: 0)
          let free = try await engine.enqueueErrands(0..<20, of: 1)
          try await eventually("the others are done") { try await engine.states()["done"] == free.count }
          try await eventually("the paused are asleep") {
            try await engine.redis("LLEN", "asleep:brand:\(engine.tenant())").integer == held.count
          }
          // Asleep they cost nothing, not even an epoch.
          #expect(try await engine.epochs().filter { held.contains($0.key) }.values.allSatisfy { $0 == 0 })
          #expect(try await desk(engine).resume(.tenant))
          try await engine.untilDone(40)
          #expect(journal.beginnings.values.allSatisfy { $0 == 1 })
        }
        #expect(try await desk(engine).audit().map(\.act) == ["resume", "pause"])
      }
    }

    /// The index may be lost while something sleeps in it.
    @Test func aPauseOutlivesTheIndex() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await desk(engine, brand: nil).pause(.kind(Errand.kind))
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let runs = try await engine.enqueueErrands(0..<5)
          let asleep = "asleep:kind:\(Errand.kind)"
          try await eventually("they are asleep") { try await engine.redis("LLEN", asleep).integer == 5 }
          try await engine.loseIndex()
          try await eventually("they are asleep again") { try await engine.redis("LLEN", asleep).integer == 5 }
          #expect(try await desk(engine, brand: nil).resume(.kind(Errand.kind)))
          try await engine.untilDone(runs.count)
        }
      }
    }

    /// Whoever resumed was killed before he woke anybody: the comparison does.
    @Test func whatSleepsUnderNoPauseIsRoused() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await desk(engine).pause(.tenant)
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let runs = try await engine.enqueueErrands(0..<3)
          let asleep = "asleep:brand:\(engine.tenant())"
          try await eventually("they are asleep") { try await engine.redis("LLEN", asleep).integer == 3 }
          try await engine.asOwner("delete from ops.pauses")
          try await engine.untilDone(runs.count)
        }
      }
    }

    @Test func whatSleepsCanBeCancelled() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await desk(engine).pause(.tenant)
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let runs = try await engine.enqueueErrands(0..<2)
          let asleep = "asleep:brand:\(engine.tenant())"
          try await eventually("they are asleep") { try await engine.redis("LLEN", asleep).integer == 2 }
          #expect(try await desk(engine).cancel(RunChoice([runs[0]])) == [runs[0]])
          try await engine.until(runs[0], stands: "cancelled")
          // The other was not even woken.
          #expect(try await engine.row(runs[1]).epoch == 0)
          #expect(try await desk(engine).resume(.tenant))
          try await engine.until(runs[1], stands: "done")
          #expect(try await engine.row(runs[0]).state == "cancelled")
        }
      }
    }

    @Test func whatRunsIsCancelledAndSettled() async throws {
      try await Engine.with { engine in
        let abandoned = Tally<String>()
        let journal = Journal()
        let registry = JobRegistry.errands(abandoning: { abandoned.add($2) }) { _, attempt in
          journal.note(attempt)
          try await Task.sleep(for: .seconds(3_600))
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          try await eventually("it runs") { journal.count == 1 }
          #expect(try await desk(engine).cancel(RunChoice([run])) == [run])
          try await engine.until(run, stands: "cancelled")
          #expect(abandoned.counts == ["cancelled by a person": 1])
          let later = try await engine.enqueue([NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: 300))])[0].id
          #expect(try await desk(engine).cancel(RunChoice([later])) == [later])
          try await engine.until(later, stands: "cancelled")
          #expect(journal.count == 1)
          #expect(try await desk(engine).cancel(RunChoice([run, later])) == [])
        }
      }
    }

    @Test func onlyWhatFailedIsTriedAgain() async throws {
      try await Engine.with { engine in
        let runs = try await engine.enqueueErrands(0..<5, pushing: false)
        for (run, state) in zip(runs, ["dead", "quarantined", "cancelled", "done"]) {
          try await engine.asOwner("update ops.runs set state = \(state), crashes = 3, attempts = 9 where id = \(run)")
        }
        #expect(try await Set(desk(engine).retry(RunChoice()).ready) == Set(runs.prefix(2)))
        #expect(try await desk(engine).retry(RunChoice([runs[2], runs[3]])).ready == [runs[2]])
        #expect(try await engine.states() == ["ready": 4, "done": 1])
        #expect(
          try await engine.row(runs[0])
            == RunRow(state: "ready", epoch: 0, attempts: 0, crashes: 0, worker: nil, error: nil))
        #expect(try await desk(engine).retry(RunChoice()).ready == [])
      }
    }

    @Test(arguments: [nil, 600.0]) func whatIsTriedAgainTakesItsKeyAgain(kept: Double?) async throws {
      try await Engine.with { engine in
        let until = kept.map { Date(timeIntervalSinceNow: $0) }
        let enqueue = {
          let run = try NewRun(Errand(), uniqueKey: "key", uniqueUntil: until)
          return try await engine.enqueue([run], pushing: false).first?.id
        }
        let end = { (run: ID<Run>) in
          let started = try #require(try await engine.store.start([run], worker: "worker").started.first)
          try await engine.store.finish([.dead(started, because: "no such group")])
        }
        let first = try #require(try await enqueue())
        try await end(first)
        #expect(try await desk(engine).retry(RunChoice([first])) == RetriedRuns(ready: [first], underWay: []))
        #expect(try await enqueue() == nil)
        try await end(first)

        // Another one does its work.
        if kept != nil { try await engine.asOwner("update ops.run_keys set until = clock_timestamp()") }
        let second = try #require(try await enqueue())
        #expect(try await desk(engine).retry(RunChoice([first])) == RetriedRuns(ready: [], underWay: [first]))
        #expect(try await engine.row(first).state == "dead")
        #expect(try await desk(engine).audit().map(\.act) == ["retry"])
        try await end(second)
        if kept != nil { try await engine.asOwner("update ops.run_keys set until = clock_timestamp()") }
        // One of the two.
        let retried = try await desk(engine).retry(RunChoice())
        #expect(Set([retried.ready, retried.underWay]) == [[first], [second]])
        #expect(try await enqueue() == nil)
      }
    }

    @Test func anotherTenantsRunsAreOutOfReach() async throws {
      try await Engine.with(brands: 2) { engine in
        let theirs = try await engine.enqueue(Errand(), of: 1, pushing: false)
        try await engine.asOwner("update ops.runs set state = 'dead'")
        let ours = desk(engine)
        #expect(try await ours.run(theirs) == nil)
        #expect(try await ours.retry(RunChoice([theirs])).ready == [])
        #expect(try await ours.overview().dead == 0)
        await #expect(throws: PauseOutOfReach.self) { try await ours.pause(.kind(Errand.kind)) }
        #expect(try await desk(engine, brand: 1).retry(RunChoice([theirs])).ready == [theirs])
        #expect(try await ours.audit().isEmpty)
      }
    }

    @Test func theAuditCannotBeChanged() async throws {
      try await Engine.with { engine in
        try await desk(engine).pause(.tenant)
        for statement: SQL in ["update ops.audit set act = 'nothing'", "delete from ops.audit", "truncate ops.audit"] {
          await #expect(throws: PostgresError.self) {
            try await engine.deployment.pool.lease { try await $0.query(statement) }
          }
        }
      }
    }

    @Test func theOverviewCountsByClassAndTenant() async throws {
      try await Engine.with(brands: 2) { engine in
        try await engine.enqueue([NewRun(Errand(), as: .interactive), NewRun(Errand())], pushing: false)
        try await engine.enqueueErrands(0..<3, of: 1, pushing: false)
        try await engine.asOwner(
          "update ops.runs set due_at = due_at - interval '1 hour' where brand_id = \(engine.tenant(1))")
        let all = try await desk(engine, brand: nil).overview()
        #expect(all.classes.map(\.name) == ["interactive", "normal"])
        #expect(all.classes.map(\.ready) == [1, 4])
        #expect(all.tenants.first?.name == "\(engine.tenant(1))")
        #expect((all.tenants.first?.oldest ?? 0) >= 3_600)
        #expect(try await desk(engine).overview().classes.map(\.ready) == [1, 1])
      }
    }
  }
}
