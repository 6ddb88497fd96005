import Foundation
import Identifiers
import JobQueue
import Testing

@testable import JobQueue

extension EngineTests {
  @Suite struct FailureTests {
    @Test func triesAgainUntilItSucceeds() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          guard attempt.number > 2 else { throw Hiccup() }
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          try await engine.until(run, stands: "done")
          #expect(journal.entries.map(\.number) == [1, 2, 3])
          #expect(journal.entries.map(\.epoch) == [1, 2, 3])
          let row = try await engine.row(run)
          #expect((row.attempts, row.crashes, row.error) == (2, 0, "Hiccup()"))
        }
      }
    }

    @Test func givesUpAfterTheLastAttemptAndSettlesBeforeThat() async throws {
      try await Engine.with { engine in
        let (journal, abandoned) = (Journal(), Tally<String>())
        let registry = JobRegistry.errands(abandoning: { _, attempt, reason in
          abandoned.add("\(try await engine.row(attempt.run).state) \(attempt.number) \(reason)")
        }) { _, attempt in
          journal.note(attempt)
          throw Hiccup()
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          try await engine.until(run, stands: "dead")
          #expect(journal.entries.map(\.number) == [1, 2, 3])
          #expect(abandoned.counts == ["running 3 Hiccup()": 1])
          #expect(
            try await engine.row(run)
              == RunRow(state: "dead", epoch: 3, attempts: 3, crashes: 0, worker: nil, error: "Hiccup()"))
        }
      }
    }

    @Test func aPermanentFailureIsNotTriedAgain() async throws {
      try await Engine.with { engine in
        let abandoned = Tally<String>()
        let registry = JobRegistry.errands(abandoning: { abandoned.add("\($0.number) \($2)") }) { _, _ in
          throw PermanentFailure("the group was dissolved")
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand(number: 5))
          try await engine.until(run, stands: "dead")
          #expect(abandoned.counts == ["5 the group was dissolved": 1])
          let row = try await engine.row(run)
          #expect((row.epoch, row.attempts, row.error) == (1, 1, "the group was dissolved"))
        }
      }
    }

    /// As long as something is left open the run does not end.
    @Test func doesNotEndBeforeItIsSettled() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands(abandoning: { _, _, _ in throw Hiccup() }) { _, _ in
          throw PermanentFailure("no such group")
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          try await eventually("the run waits to be settled") { try await engine.row(run).error != nil }
          let row = try await engine.row(run)
          #expect((row.state, row.error) == ("ready", "no such group; not settled yet: Hiccup()"))
        }
      }
    }

    @Test func whatCannotBeReadEndsWithTheReason() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let misspelt = try await engine.enqueue(Misspelt())
          let stranger = try await engine.enqueue(Stranger())
          try await engine.until(misspelt, stands: "quarantined")
          try await engine.until(stranger, stands: "quarantined")
          // They do not come back: what is enqueued after them is performed, they are not.
          let errands = try await engine.enqueueErrands(0..<20)
          try await eventually("the errands are done") { try await engine.states()["done"] == errands.count }
          #expect(Set(journal.entries.map(\.run)) == Set(errands))

          let unread = try await engine.row(misspelt)
          #expect((unread.state, unread.epoch, unread.attempts) == ("quarantined", 3, 3))
          #expect(unread.error?.hasPrefix("the payload of test.errand cannot be read: ") == true)
          #expect(unread.error?.contains("number") == true)
          let unknown = try await engine.row(stranger)
          #expect((unknown.state, unknown.epoch) == ("quarantined", 3))
          #expect(unknown.error == "no worker knows the kind test.stranger")
        }
      }
    }

    @Test func aSnoozeChargesNoAttempt() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          guard attempt.epoch == 6 else { return .snooze(until: Date(timeIntervalSinceNow: 0.05)) }
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          try await engine.until(run, stands: "done")
          // More often than it may fail.
          #expect(journal.entries.map(\.number) == [1, 1, 1, 1, 1, 1])
          #expect(
            try await engine.row(run)
              == RunRow(state: "done", epoch: 6, attempts: 0, crashes: 0, worker: nil, error: nil))
          #expect(zip(journal.entries, journal.entries.dropFirst()).allSatisfy { $1.date >= $0.date + 0.05 })
        }
      }
    }
  }
}
