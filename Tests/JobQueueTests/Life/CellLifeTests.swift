import Almanac
import Foundation
import Identifiers
import JobQueue
import LocalServers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  /// A Postgres that goes back under real workers.
  @Suite(.timeLimit(.minutes(4))) struct CellLifeTests {
    private func onOwnServers(_ body: (Engine, LocalPostgres) async throws -> Void) async throws {
      // Commits wait for the disk: a crash must find them.
      let servers = TestServers(keepsData: true)
      do {
        let (postgres, _) = try await servers.servers()
        try await Engine.with(on: servers) { try await body($0, postgres) }
      } catch {
        try? await servers.stop()
        throw error
      }
      try await servers.stop()
    }

    private func worker(_ engine: Engine, _ journal: Journal, name: String = "worker") -> RunningWorker {
      RunningWorker(
        engine, name: name,
        registry: .errands { _, attempt in
          journal.note(attempt, by: name)
          return .done
        })
    }

    private func life(_ engine: Engine) -> CellLife { CellLife(engine.deployment.owner) }

    /// Until the connections that broke have been replaced.
    private func untilReached(_ engine: Engine) async throws {
      for pool in [engine.deployment.pool, engine.deployment.owner] {
        var successes = 0
        try await eventually("the database answers") {
          successes = (try? await pool.transaction { _ = try await $0.query("select 1") }) == nil ? 0 : successes + 1
          return successes == 10
        }
      }
    }

    private func open(_ engine: Engine) async throws {
      let span = try await life(engine).beginOpening(provenUntil: nil, lostUntil: nil)
      _ = try await life(engine).fenceRuns(span)
      try await life(engine).finishOpening(
        span, after: try await engine.index.witness(0), by: "a test", detail: CellOpeningCounts())
    }

    enum Way: CaseIterable {
      case filesPutBack
      case baseBackupPutBack
      case pointInTime
    }

    /// The runs that it takes for unstarted were done in the history that it has forgotten.
    @Test(arguments: Way.allCases, [true, false])
    func aCellThatWentBackIsClosedUntilItIsOpened(_ way: Way, bySameWorker: Bool) async throws {
      try await onOwnServers { engine, postgres in
        let journal = Journal()
        let first = worker(engine, journal, name: "first")
        let early = try await engine.enqueueErrands(0..<3)
        try await engine.untilDone(early.count)
        let hidden = try await engine.enqueueErrands(0..<1, pushing: false)
        // Not before the copy is made: nothing brings it to the worker, since the sweep is told that it was seen.
        try await engine.asOwner("update ops.runs set due_at = now() + interval '1 hour' where id = \(hidden[0])")
        try await engine.enqueue([try NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: 3_600))])
        let backup = way == .filesPutBack ? try await postgres.coldBackup() : try await postgres.backup()
        let position = try await postgres.position()
        try await untilReached(engine)
        try await engine.asOwner("update ops.runs set due_at = now(), swept = false where state = 'ready'")
        try await eventually("the lost history is over") { journal.count == 5 }
        try await eventually("Redis knows it") {
          try await engine.index.witness(0) >= engine.asOwner("select last_value from ops.beats")[0].decode(Int.self)
        }
        if !bySameWorker {
          await first.shutDown()
          try await first.stopped()
        }
        try await postgres.restore(backup, upTo: way == .pointInTime ? position : nil)
        try await untilReached(engine)
        let second = bySameWorker ? first : worker(engine, journal, name: "second")
        try await engine.asOwner("update ops.runs set due_at = now(), swept = false where state = 'ready'")
        #expect(try await engine.states()["ready"] == 2)

        try await eventually("the cell is closed") { try await life(engine).status().closedAt != nil }
        #expect(try await life(engine).status().closing == (way == .pointInTime ? .otherTimeline : .rewound))
        try await Task.sleep(for: .seconds(3))
        #expect(journal.count == 5)
        #expect(try await engine.states() == ["done": 3, "ready": 2])

        try await open(engine)
        try await eventually("the work goes on") { journal.count == 7 }
        try await engine.untilDone(5)
        #expect(journal.entries.suffix(2).allSatisfy { $0.epoch > 1 << 20 })
        #expect(try await life(engine).status().isOpen)
        await second.shutDown()
        try await second.stopped()
      }
    }

    @Test func aRestartAndACrashLeaveTheCellOpen() async throws {
      try await onOwnServers { engine, postgres in
        let journal = Journal()
        try await engine.with(worker(engine, journal)) {
          for round in 1...4 {
            try await engine.enqueueErrands(0..<20)
            try await eventually("the work goes on") { journal.count >= round * 10 }
            switch round {
            case 1: try await postgres.restart()
            case 2: try await postgres.restart(immediate: true)
            case 3:
              try await postgres.kill()
              try await postgres.restart()
            default: try await engine.loseIndex()
            }
            try await untilReached(engine)
            #expect(try await life(engine).status().isOpen)
          }
          try await engine.untilDone(80)
        }
        #expect(try await engine.index.witness(0) > 0)
        #expect(try await engine.asOwner("select from ops.audit").isEmpty)
      }
    }

    @Test func whatIsClosedStartsNothingAndRefusesAttempts() async throws {
      try await Engine.with { engine in
        let runs = try await engine.enqueueErrands(0..<2, pushing: false)
        let begun = try await engine.store.start([runs[0]], worker: "worker")
        #expect(begun.beat > 0)
        #expect(try await life(engine).close(by: "a test"))
        #expect(try await !life(engine).close(by: "a test"))
        func isRefused(_ body: () async throws -> Void) async throws -> Bool {
          do {
            try await body()
            return false
          } catch let error as PostgresError {
            return error.isCellClosed
          }
        }
        #expect(try await isRefused { _ = try await engine.store.start(runs, worker: "worker") })
        #expect(try await engine.row(runs[1]).state == "ready")
        func requireEpoch(_ epoch: Int) async throws {
          try await engine.deployment.tenancy.transaction(of: engine.brands[0]) {
            _ = try await $0.query("select ops.require_epoch(\(runs[0]), \(epoch)::integer)")
          }
        }
        #expect(try await isRefused { try await requireEpoch(1) })
        try await open(engine)
        // The attempt of before is overtaken: who knows what was done under its number.
        await #expect(throws: PostgresError.self) { try await requireEpoch(1) }
        let again = try await engine.store.start(runs, worker: "worker", after: begun.beat)
        #expect(again.started.count == 2 && again.started.allSatisfy { $0.epoch > 1 << 20 })
        #expect(try await engine.row(runs[0]).crashes == 0)
        let acts = try await engine.asOwner("select act from ops.audit order by id").map { try $0.decode(String.self) }
        #expect(acts == ["close cell", "open cell"])
      }
    }

    @Test func aCountThatIsBehindWhatIsKnownClosesTheCell() async throws {
      try await Engine.with { engine in
        let runs = try await engine.enqueueErrands(0..<2, pushing: false)
        let beat = try await engine.store.start([runs[0]], worker: "worker").beat
        #expect(try await engine.store.examine(after: beat, by: "worker") == nil)
        #expect(try await engine.store.start([runs[1]], worker: "worker", after: beat).beat > beat)
        let known = beat + 1_000
        await #expect(throws: PostgresError.self) {
          try await engine.store.start([runs[1]], worker: "worker", after: known)
        }
        #expect(try await life(engine).status().isOpen)
        #expect(try await engine.store.examine(after: known, by: "worker") == .rewound)
        #expect(try await life(engine).status().closing == .rewound)
        #expect(try await engine.asOwner("select by_whom from ops.audit")[0].decode(String.self) == "worker")
        // Only a person opens it: from then on the count is ahead of what anybody knew.
        #expect(try await engine.store.examine(after: 0, by: "worker") == .rewound)
        _ = try await engine.index.witness(known)
        try await open(engine)
        #expect(try await engine.store.examine(after: known, by: "worker") == nil)
      }
    }

    @Test func schedulesFireNothingInAClosedCellAndLeaveTheLostTimeOut() async throws {
      try await Engine.with { engine in
        let zone = try Zone("UTC")
        let start = Date(timeIntervalSinceNow: -3 * 86_400)
        let rule = try Recurrence.daily(from: zone.day(of: start), at: [zone.wall(at: start).time])
        let schedule = try NewSchedule("report", Errand(), rule: rule, zone: zone, missed: .all(atMost: 10))
        try await engine.deployment.tenancy.transaction(of: engine.brands[0]) { transaction in
          _ = try await ScheduleStore.set(schedule, of: engine.tenant(), from: start - 60, in: transaction)
        }
        let run = try await engine.enqueue(Errand(), pushing: false)
        try await engine.asOwner(
          "update ops.runs set schedule_id = (select id from ops.schedules) where id = \(run)")
        let schedules = ScheduleStore(engine.deployment.pool)
        let due = try #require(try await schedules.due(limit: 10).schedules.first)
        try await life(engine).close(by: "a test")
        #expect(try await schedules.due(limit: 10).schedules.isEmpty)
        let occurrences = DueOccurrences(
          of: due.rule, in: due.zone, from: due.due, at: due.now, missed: due.missed, grace: due.grace)
        #expect(occurrences.fired.count >= 3)
        #expect(try await schedules.fire(due, occurrences).isEmpty)

        let span = try await life(engine).beginOpening(provenUntil: nil, lostUntil: nil)
        #expect(try await life(engine).fenceRuns(span) == (1, 1))
        let (moved, missed) = try await life(engine).skipOccurrences(span)
        #expect(moved == 1 && missed == occurrences.fired.count)
        try await life(engine).finishOpening(span, after: 0, by: "a test", detail: CellOpeningCounts())
        #expect(try await engine.row(run).state == "quarantined")
        let next = try await engine.asOwner("select next_at from ops.schedules")[0].decode(Date.self)
        #expect(next > span.lostUntil && next == occurrences.next)
        #expect(try await schedules.due(limit: 10).schedules.isEmpty)
        #expect(try await engine.asOwner("select from ops.occurrences").isEmpty)
      }
    }

    /// A dump that was loaded into another server stands on that one's timeline, and nobody may have seen it count.
    @Test func nothingIsStartedFromAnotherServersFiles() async throws {
      try await Engine.with { engine in
        let runs = try await engine.enqueueErrands(0..<1)
        try await engine.asOwner("update ops.life set server = server + 1")
        await #expect { try await engine.store.start(runs, worker: "worker") } throws: {
          ($0 as? PostgresError)?.isCellClosed == true
        }
        #expect(try await engine.store.examine(after: 0, by: "worker") == .otherServer)
      }
    }

    @Test func theWitnessKeepsTheGreatest() async throws {
      try await Engine.with { engine in
        #expect(try await engine.index.witness(0) == 0)
        #expect(try await engine.index.witness(1 << 50) == 1 << 50)
        #expect(try await engine.index.witness(7) == 1 << 50)
        try await engine.index.clear(for: UUID())
        #expect(try await engine.index.witness(0) == 1 << 50)
      }
    }
  }
}
