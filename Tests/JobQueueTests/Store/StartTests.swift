import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import JobQueue

@Suite struct StartTests {
  @Test func raisesTheEpochOncePerStart() async throws {
    try await Engine.with { engine in
      let run = try await engine.enqueue(Errand(number: 3), pushing: false)
      for epoch in 1...3 {
        let started = try #require(try await engine.store.start([run], worker: "worker \(epoch)").started.first)
        #expect(started.epoch == epoch)
        #expect((started.id, started.tenant) == (run, engine.tenant()))
        #expect((started.kind, started.payload) == ("test.errand", #"{"number": 3}"#))
        #expect(
          try await engine.row(run)
            == RunRow(state: "running", epoch: epoch, attempts: 0, crashes: 0, worker: "worker \(epoch)", error: nil))
        try await engine.store.finish([.givenBack(started)])
      }
    }
  }

  @Test func countsACrashWhereTheRunStoodAsRunning() async throws {
    try await Engine.with { engine in
      let run = try await engine.enqueue(Errand(), pushing: false)
      for crashes in 0...2 {
        let started = try #require(try await engine.store.start([run], worker: "worker").started.first)
        #expect((started.epoch, started.crashes, started.attempts) == (crashes + 1, crashes, 0))
      }
    }
  }

  @Test(arguments: ["done", "dead", "cancelled"]) func doesNotStartWhatHasEnded(state: String) async throws {
    try await Engine.with { engine in
      let run = try await engine.enqueue(Errand(), pushing: false)
      try await engine.asOwner("update ops.runs set state = \(state), ended_at = now() where id = \(run)")
      #expect(try await engine.store.start([run], worker: "worker").started.isEmpty)
      #expect(try await engine.row(run).epoch == 0)
    }
  }

  @Test func startsWhatIsDueAndLeavesTheRest() async throws {
    try await Engine.with { engine in
      let later = try NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: 3_600))
      let soon = try NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: -3_600))
      let runs = try await engine.enqueue([later, soon], pushing: false).map(\.id)
      let started = try await engine.store.start(runs + [ID()], worker: "worker").started
      #expect(started.map(\.id) == [soon.id])
      #expect(try await engine.row(later.id).state == "ready")
    }
  }

  /// Two workers that start the same runs wait for each other in the order of the ids, and each start has an epoch of
  /// its own.
  @Test func manyAtOnceNeverShareAnEpoch() async throws {
    try await Engine.with { engine in
      let runs = try await engine.enqueueErrands(0..<40, pushing: false)
      let started = try await withThrowingTaskGroup(of: [StartedRun].self) { group in
        for worker in 1...8 {
          group.addTask { try await engine.store.start(runs.shuffled(), worker: "worker \(worker)").started }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      for run in runs {
        #expect(started.filter { $0.id == run }.map(\.epoch).sorted() == Array(1...8))
        #expect(try await engine.row(run).crashes == 7)
      }
    }
  }
}
