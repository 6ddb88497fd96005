import Foundation
import Identifiers
import JobQueue
import Redis
import Testing

@testable import JobQueue

extension EngineTests {
  @Suite struct WorkTests {
    @Test func performsEachRunOnce() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { errand, attempt in
          journal.note(attempt)
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let runs = try await engine.enqueueErrands(0..<100)
          try await engine.untilDone(runs.count)
          #expect(journal.beginnings == Dictionary(uniqueKeysWithValues: runs.map { ($0, 1) }))
          let expected = RunRow(state: "done", epoch: 1, attempts: 0, crashes: 0, worker: nil, error: nil)
          for run in runs { #expect(try await engine.row(run) == expected) }
          try await eventually("the index is empty") { try await engine.redis("HLEN", "runs").integer == 0 }
        }
      }
    }

    @Test func tellsTheJobWhatItIsAbout() async throws {
      try await Engine.with(brands: 2) { engine in
        let journal = Journal()
        let numbers = Tally<Int>()
        let registry = JobRegistry.errands { errand, attempt in
          journal.note(attempt)
          numbers.add(errand.number)
          try attempt.checkLease()
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand(number: 42), of: 1)
          try await engine.untilDone(1)
          let entry = try #require(journal.entries.first)
          #expect((entry.run, entry.tenant, entry.epoch, entry.number) == (run, engine.tenant(1), 1, 1))
          #expect(numbers.counts == [42: 1])
        }
      }
    }

    @Test func leavesOtherLanesAlone() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let aside = try await engine.enqueue(Aside())
          let errand = try await engine.enqueue(Errand())
          try await engine.until(errand, stands: "done")
          #expect(try await engine.row(aside).epoch == 0)
        }
      }
    }

    @Test func startsNothingBeforeItIsDue() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let due = Date(timeIntervalSinceNow: 1.5)
          let soon = try NewRun(Errand(), dueAt: due)
          try await engine.enqueue([soon])
          try await engine.untilDone(1)
          #expect(try #require(journal.entries.first).date >= due)
        }
      }
    }

    @Test func takesWhatWasDueAtTheBeginningOfTime() async throws {
      try await Engine.with { engine in
        try await engine.with(RunningWorker(engine, registry: .errands { _, _ in .done })) {
          try await engine.enqueue([NewRun(Errand(), dueAt: Date(timeIntervalSince1970: -60_000_000_000))])
          try await engine.untilDone(1)
        }
      }
    }

    @Test func twoWorkersShareTwoThousandRuns() async throws {
      try await Engine.with(brands: 5) { engine in
        let journal = Journal()
        func worker(_ name: String) -> RunningWorker {
          let registry = JobRegistry.errands { _, attempt in
            journal.note(attempt, by: name)
            // Nobody goes on alone: whoever began waits for the other.
            while journal.count < 100, journal.workers.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            return .done
          }
          return RunningWorker(engine, name: name, registry: registry) {
            $0.slots = 16
            $0.lease = .seconds(20)
            $0.heartbeat = .seconds(1)
          }
        }
        var runs: [ID<Run>] = []
        try await engine.with(worker("one"), worker("two")) {
          for brand in 0..<5 { runs += try await engine.enqueueErrands(0..<400, of: brand) }
          try await engine.untilDone(2_000)
        }
        #expect(journal.beginnings == Dictionary(uniqueKeysWithValues: runs.map { ($0, 1) }))
        #expect(try await engine.epochs() == Dictionary(uniqueKeysWithValues: runs.map { ($0, 1) }))
        #expect(journal.workers == ["one", "two"])
      }
    }
  }
}
