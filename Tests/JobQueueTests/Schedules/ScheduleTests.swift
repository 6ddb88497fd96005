import Almanac
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  /// Schedules with real workers.
  @Suite struct ScheduleTests {
    private struct Report: JobPayload {
      static let kind = "test.report"
      static let lane = Lane.errands
      var plannedAt: Date?

      enum CodingKeys: String, CodingKey {
        case plannedAt = "planned_at"
      }
    }

    /// Each second of the day would be too many to write down: every two seconds from now, for half a minute.
    private func soon(count: Int = 15) throws -> Recurrence {
      let zone = try Zone("UTC")
      let times = (1...count).map { zone.wall(at: Date(timeIntervalSinceNow: Double($0 * 2))).time }
      return try .daily(from: zone.day(of: .now), at: Array(Set(times)))
    }

    private func set(
      _ engine: Engine, _ rule: Recurrence, missed: MissedRuns = .latest, name: String = "report"
    ) async throws {
      let schedule = try NewSchedule(name, Report(), rule: rule, zone: Zone("UTC"), missed: missed)
      try await engine.deployment.tenancy.transaction(of: engine.brands[0]) { transaction in
        _ = try await ScheduleStore.set(schedule, of: engine.tenant(), in: transaction)
      }
    }

    private func occurrences(_ engine: Engine) async throws -> Int {
      try await engine.asOwner("select count(*) from ops.occurrences").first?.decode(Int.self) ?? 0
    }

    private func desk(_ engine: Engine) -> RunDesk {
      RunDesk(engine.deployment.pool, index: engine.index, tenant: engine.tenant(), as: "a test")
    }

    @Test func twoWorkersFireEachInstantOnce() async throws {
      try await Engine.with { engine in
        let (journal, instants) = (Journal(), Tally<Date>())
        var registry = JobRegistry()
        registry.register(
          ScriptedJob<Report> { report, attempt in
            journal.note(attempt)
            if let planned = report.plannedAt { instants.add(planned) }
            return .done
          })
        try await set(engine, try soon())
        try await engine.with(
          RunningWorker(engine, name: "one", registry: registry), RunningWorker(engine, name: "two", registry: registry)
        ) {
          try await eventually("three were fired") { journal.count >= 3 }
        }
        let fired = try await occurrences(engine)
        #expect(journal.count <= fired && journal.beginnings.values.allSatisfy { $0 == 1 })
        #expect(instants.counts.values.allSatisfy { $0 == 1 })
        #expect(instants.counts.count == journal.count)
      }
    }

    @Test func anEditKillsTheOldTimes() async throws {
      try await Engine.with { engine in
        try await set(engine, try soon())
        let store = ScheduleStore(engine.deployment.pool)
        try await eventually("it is due") { try await !store.due(limit: 10).schedules.isEmpty }
        let old = try #require(try await store.due(limit: 10).schedules.first)
        let found = DueOccurrences(
          of: old.rule, in: old.zone, from: old.due, at: old.now, missed: old.missed, grace: old.grace)
        let runs = try await store.fire(old, found)
        #expect(runs.count == found.fired.count && !runs.isEmpty)
        try await set(engine, .once(on: try CivilDate(iso: "2030-01-01"), at: try WallTime(iso: "09:00")))
        // What had not begun has ended, and whoever still has the old time fires nothing.
        for run in runs { #expect(try await engine.row(run.id).state == "cancelled") }
        #expect(try await store.fire(old, found).isEmpty)
        #expect(try await store.due(limit: 10).schedules.isEmpty)
      }
    }

    /// Its instant has passed and it was fired, but it has not begun: the edit kills it, also one that leaves the times alone.
    @Test func anEditKillsWhatWaitsForItsPlaceInTheSpread() async throws {
      try await Engine.with { engine in
        let schedules = try (0..<100).map { number in
          try NewSchedule("s\(number)", Report(), rule: soon(), zone: Zone("UTC"), spread: 3_600)
        }
        let schedule = try #require(schedules.first { $0.phase(of: "\(engine.tenant())") > 600 })
        let set = {
          try await engine.deployment.tenancy.transaction(of: engine.brands[0]) { transaction in
            try await ScheduleStore.set(schedule, of: engine.tenant(), in: transaction)
          }
        }
        _ = try await set()
        let store = ScheduleStore(engine.deployment.pool)
        try await eventually("it is due") { try await !store.due(limit: 10).schedules.isEmpty }
        let due = try #require(try await store.due(limit: 10).schedules.first)
        let found = DueOccurrences(
          of: due.rule, in: due.zone, from: due.due, at: due.now, missed: due.missed, grace: due.grace)
        let runs = try await store.fire(due, found)
        #expect(!runs.isEmpty && runs.allSatisfy { $0.dueAt > Date(timeIntervalSinceNow: 300) })
        let next = try #require(try await set())
        #expect(found.fired.allSatisfy { $0.instant < next })
        for run in runs {
          let row = try await engine.row(run.id)
          #expect((row.state, row.epoch) == ("cancelled", 0))
        }
        // Whoever misses it finds it, and can have it done after all.
        #expect(try await desk(engine).retry(RunChoice(runs.map(\.id))).ready == runs.map(\.id))
      }
    }

    @Test func oldInstantsAreForgottenButForThoseThatMayComeAgain() async throws {
      try await Engine.with { engine in
        try await set(engine, try soon())
        let fire: (Int) async throws -> Void = { days in
          try await engine.asOwner(
            """
            insert into ops.occurrences (schedule_id, planned_at, wall, run_id)
            select id, clock_timestamp() - \(days) * interval '1 day', '', gen_random_uuid() from ops.schedules
            """)
        }
        for days in [1, 8, 10] { try await fire(days) }
        _ = try await engine.store.tend(retention: 7 * 86_400)
        #expect(try await occurrences(engine) == 1)
        for days in [8, 10] { try await fire(days) }
        try await engine.asOwner("update ops.schedules set next_at = clock_timestamp() - interval '9 days'")
        _ = try await engine.store.tend(retention: 7 * 86_400)
        #expect(try await occurrences(engine) == 2)
      }
    }

    /// The control: it is the comparison with the old instant that keeps a second worker out.
    @Test func whoeverComesSecondFiresNothing() async throws {
      try await Engine.with { engine in
        try await set(engine, try soon())
        let store = ScheduleStore(engine.deployment.pool)
        try await eventually("it is due") { try await !store.due(limit: 10).schedules.isEmpty }
        let due = try #require(try await store.due(limit: 10).schedules.first)
        let found = DueOccurrences(
          of: due.rule, in: due.zone, from: due.due, at: due.now, missed: due.missed, grace: due.grace)
        #expect(try await store.fire(due, found).count == found.fired.count)
        #expect(try await store.fire(due, found).isEmpty)
        // Put back by hand, the instants' own table still lets none through a second time.
        try await engine.asOwner("update ops.schedules set next_at = \(due.due)")
        #expect(try await store.fire(due, found).isEmpty)
        try await engine.asOwner("delete from ops.occurrences")
        try await engine.asOwner("update ops.schedules set next_at = \(due.due)")
        #expect(try await store.fire(due, found).count == found.fired.count)
      }
    }

    /// A newer version may have written it: the others are fired all the same.
    @Test func oneThatCannotBeReadHoldsUpNobody() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        var registry = JobRegistry()
        registry.register(
          ScriptedJob<Report> { _, attempt in
            journal.note(attempt)
            return .done
          })
        try await set(engine, try soon(), name: "strange")
        try await engine.asOwner("update ops.schedules set zone = 'Mars/Olympus', next_at = now() - interval '1 hour'")
        try await set(engine, try soon())
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await eventually("the other was fired") { journal.count >= 1 }
        }
      }
    }

    @Test func aPauseStopsAndLeavesOutWhatLayInBetween() async throws {
      try await Engine.with { engine in
        try await set(engine, try soon())
        let id = try #require(try await desk(engine).schedules().first).id
        #expect(try await desk(engine).pauseSchedule(id))
        #expect(try await !desk(engine).pauseSchedule(id))
        let before = try #require(try await desk(engine).schedules().first?.next)
        try await eventually("its time has passed") { before < Date(timeIntervalSinceNow: -0.5) }
        #expect(try await ScheduleStore(engine.deployment.pool).due(limit: 10).schedules.isEmpty)
        #expect(try await desk(engine).resumeSchedule(id))
        let after = try #require(try await desk(engine).schedules().first?.next)
        #expect(after > before)
        #expect(try await occurrences(engine) == 0)
        let other = RunDesk(engine.deployment.pool, index: engine.index, tenant: ID(), as: "a stranger")
        #expect(try await !other.pauseSchedule(id))
        #expect(try await other.schedules().isEmpty)
      }
    }

    @Test func aBrandRemovesItsOwn() async throws {
      try await Engine.with(brands: 2) { engine in
        try await set(engine, try soon())
        let foreign = try await engine.deployment.tenancy.transaction(of: engine.brands[1]) {
          try await ScheduleStore.remove("report", in: $0)
        }
        let own = try await engine.deployment.tenancy.transaction(of: engine.brands[0]) {
          try await ScheduleStore.remove("report", in: $0)
        }
        #expect((foreign, own) == (false, true))
        #expect(try await desk(engine).schedules().isEmpty)
      }
    }

    @Test func aSchedulesPlaceInItsSpreadIsItsOwn() throws {
      let phases = try (0..<200).map { number in
        try NewSchedule("s\(number)", Report(), rule: soon(), zone: Zone("UTC"), spread: 600).phase(of: "tenant")
      }
      #expect(phases.allSatisfy { 0..<600 ~= $0 })
      #expect(Set(phases).count > 100)
      let promised = try NewSchedule("s", Report(), rule: soon(), zone: Zone("UTC"))
      #expect(promised.phase(of: "tenant") == 0)
    }
  }
}
