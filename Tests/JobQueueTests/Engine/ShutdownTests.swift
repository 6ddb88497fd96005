import Foundation
import Identifiers
import JobQueue
import Postgres
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  @Suite struct ShutdownTests {
    @Test func finishesWhatRunsAndTakesNothingMore() async throws {
      try await Engine.with { engine in
        let (journal, gate) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          try await gate.pass()
          return .done
        }
        let worker = RunningWorker(engine, registry: registry)
        try await engine.with(worker) {
          let runs = try await engine.enqueueErrands(0..<10)
          try await eventually("the slots are taken") { journal.count == 4 }
          await worker.shutDown()
          gate.open()
          try await worker.stopped()
          #expect(journal.count == 4)
          #expect(try await engine.states() == ["done": 4, "ready": 6])
          for run in Set(runs).subtracting(journal.entries.map(\.run)) {
            let row = try await engine.row(run)
            #expect((row.epoch, row.attempts, row.crashes) == (0, 0, 0))
          }
        }
      }
    }

    @Test func givesBackWhatDoesNotEndInTime() async throws {
      try await Engine.with { engine in
        let (journal, never) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          try await never.pass()
          return .done
        }
        let worker = RunningWorker(engine, registry: registry) {
          $0.slots = 1
          $0.drain = .milliseconds(200)
        }
        try await engine.with(worker) {
          let runs = try await engine.enqueueErrands(0..<2)
          try await eventually("the first is begun") { journal.count == 1 }
          await worker.shutDown()
          try await worker.stopped()
          #expect(
            try await engine.row(runs[0])
              == RunRow(state: "ready", epoch: 1, attempts: 0, crashes: 0, worker: nil, error: nil))
          // It comes before what was behind it, and at once: its lease is gone.
          #expect(try await engine.holder(of: runs[0]) == nil)
          #expect(try await engine.reserve(2, for: "next") == runs)
        }
      }
    }

    /// Drivers have errors of their own for a call that was cancelled.
    @Test func chargesNothingForWhatTheCancellationMadeFail() async throws {
      try await Engine.with { engine in
        let (journal, never) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          do { try await never.pass() } catch { throw Hiccup() }
          return .done
        }
        let worker = RunningWorker(engine, registry: registry) { $0.drain = .milliseconds(50) }
        try await engine.with(worker) {
          let run = try await engine.enqueue(Errand())
          try await eventually("it is begun") { journal.count == 1 }
          await worker.shutDown()
          try await worker.stopped()
          #expect(
            try await engine.row(run)
              == RunRow(state: "ready", epoch: 1, attempts: 0, crashes: 0, worker: nil, error: nil))
        }
      }
    }

    /// What attempts left open is settled by whoever is next.
    @Test func chargesNothingForASettlementThatItCutsOff() async throws {
      try await Engine.with { engine in
        let (journal, never) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt, _ in
          journal.note(attempt)
          try await never.pass()
        } performing: { _, _ in
          throw PermanentFailure("it cannot be done")
        }
        let worker = RunningWorker(engine, registry: registry) { $0.drain = .milliseconds(50) }
        try await engine.with(worker) {
          let run = try await engine.enqueue(Errand())
          try await eventually("it is being settled") { journal.count == 1 }
          await worker.shutDown()
          try await worker.stopped()
          #expect(
            try await engine.row(run)
              == RunRow(state: "ready", epoch: 1, attempts: 0, crashes: 0, worker: nil, error: nil))
        }
      }
    }

    @Test func aCancelledWorkerGivesBackAtOnce() async throws {
      try await Engine.with { engine in
        let (journal, never) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          try await never.pass()
          return .done
        }
        let worker = RunningWorker(engine, registry: registry) { $0.drain = .seconds(3_600) }
        try await engine.with(worker) {
          try await engine.enqueueErrands(0..<10)
          try await eventually("the slots are taken") { journal.count == 4 }
          await worker.abort()
          #expect(try await engine.states() == ["ready": 10])
          for entry in journal.entries {
            let row = try await engine.row(entry.run)
            #expect((row.epoch, row.attempts, row.crashes) == (1, 0, 0))
          }
        }
      }
    }

    /// A server may hang, and never answer.
    @Test func aStartThatIsNotAnsweredDoesNotHoldUpTheEnd() async throws {
      try await Engine.with { engine in
        let worker = RunningWorker(engine, registry: .errands { _, _ in .done }) { $0.drain = .milliseconds(300) }
        try await engine.with(worker) {
          _ = try await engine.enqueue(Errand())
          try await engine.untilDone(1)
          let runs = try await engine.enqueue([NewRun(Errand())], pushing: false)
          let (locked, over) = (Gate(), Gate())
          let lock = Task {
            try await engine.deployment.owner.transaction { transaction in
              try await transaction.query("lock table ops.runs in access exclusive mode")
              locked.open()
              try await over.pass()
            }
          }
          try await locked.pass()
          try await engine.index.push(runs)
          try await eventually("it is being started") {
            try await engine.asOwner(
              """
              select from pg_stat_activity
              where wait_event_type = 'Lock' and query like '%started as%' and datname = current_database()
              """
            ).count > 0
          }
          await worker.shutDown()
          try await worker.stopped()
          over.open()
          try await lock.value
          #expect(try await engine.row(runs[0].id).epoch == 0)
        }
      }
    }

    @Test func anIdleWorkerStops() async throws {
      try await Engine.with { engine in
        let worker = RunningWorker(engine, registry: .errands { _, _ in .done }) { $0.drain = .seconds(3_600) }
        try await engine.with(worker) {
          _ = try await engine.enqueue(Errand())
          try await engine.untilDone(1)
          await worker.shutDown()
          try await worker.stopped()
        }
      }
    }

    @Test func theNextWorkerGoesOn() async throws {
      try await Engine.with { engine in
        let (journal, gate) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          try await gate.pass()
          return .done
        }
        let first = RunningWorker(engine, name: "first", registry: registry) { $0.drain = .milliseconds(50) }
        try await engine.with(first) {
          try await engine.enqueueErrands(0..<10)
          try await eventually("the slots are taken") { journal.count == 4 }
          await first.shutDown()
          try await first.stopped()
        }
        gate.open()
        try await engine.with(RunningWorker(engine, name: "second", registry: registry)) {
          try await engine.untilDone(10)
        }
        #expect(journal.count == 14)
        #expect(journal.entries.allSatisfy { $0.number == 1 })
      }
    }
  }
}
