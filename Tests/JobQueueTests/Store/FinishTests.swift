import Foundation
import Identifiers
import JobQueue
import Postgres
import TestSupport
import Testing

@testable import JobQueue

@Suite struct FinishTests {
  /// A run that was started twice, with both attempts.
  private func overtaken(_ engine: Engine) async throws -> (first: StartedRun, second: StartedRun) {
    let run = try await engine.enqueue(Errand(), pushing: false)
    let first = try #require(try await engine.store.start([run], worker: "first").started.first)
    let second = try #require(try await engine.store.start([run], worker: "second").started.first)
    return (first, second)
  }

  @Test func writesOnlyAtTheStandingEpoch() async throws {
    try await Engine.with { engine in
      let (first, second) = try await overtaken(engine)
      let standing = RunRow(state: "running", epoch: 2, attempts: 0, crashes: 1, worker: "second", error: nil)
      for ending: Ending in [
        .done(first), .dead(first, because: "late"), .givenBack(first), .snoozed(first, until: Date()),
        .retried(first, after: .zero, because: "late"),
      ] {
        #expect(try await engine.store.finish([ending]).written == [])
        #expect(try await engine.row(first.id) == standing)
      }
      #expect(try await engine.store.finish([.done(second)]).written == [second.id])
      #expect(try await engine.row(first.id).state == "done")
    }
  }

  /// The control: without the epoch the overtaken attempt's end is written, and the test above would notice.
  @Test func anUnfencedEndWouldBeWritten() async throws {
    try await Engine.with { engine in
      let (first, _) = try await overtaken(engine)
      try await engine.asOwner("update ops.runs set state = 'dead', worker = null where id = \(first.id)")
      let row = try await engine.row(first.id)
      #expect((row.state, row.epoch) == ("dead", 2))
    }
  }

  @Test func writesEachEnding() async throws {
    try await Engine.with { engine in
      let runs = try await engine.enqueueErrands(0..<5, pushing: false)
      let started = try await engine.store.start(runs, worker: "worker").started.sorted { $0.id < $1.id }
      let due = Date(timeIntervalSinceNow: 1_000)
      let endings: [Ending] = [
        .done(started[0]), .dead(started[1], because: "no more"),
        .retried(started[2], after: .seconds(1_000), because: "again"),
        .snoozed(started[3], until: due), .givenBack(started[4]),
      ]
      #expect(try await engine.store.finish(endings).written == Set(runs))
      let rows = try await engine.deployment.pool.read(
        """
        select state, attempts, error, ended_at is not null as ended, due_at > now() + interval '900 seconds' as later
        from ops.runs order by id
        """
      ).map { try $0.decode(String.self, Int.self, String?.self, Bool.self, Bool.self) }
      #expect(rows[0] == ("done", 0, nil, true, false))
      #expect(rows[1] == ("dead", 1, "no more", true, false))
      #expect(rows[2] == ("ready", 1, "again", false, true))
      #expect(rows[3] == ("ready", 0, nil, false, true))
      #expect(rows[4] == ("ready", 0, nil, false, false))
    }
  }

  @Test func keepsTheLastErrorOfARunThatIsDoneInTheEnd() async throws {
    try await Engine.with { engine in
      let run = try await engine.enqueue(Errand(), pushing: false)
      let first = try #require(try await engine.store.start([run], worker: "worker").started.first)
      try await engine.store.finish([.retried(first, after: .zero, because: "a hiccup")])
      let second = try #require(try await engine.store.start([run], worker: "worker").started.first)
      #expect((second.attempts, second.crashes) == (1, 0))
      try await engine.store.finish([.done(second)])
      #expect(
        try await engine.row(run)
          == RunRow(state: "done", epoch: 2, attempts: 1, crashes: 0, worker: nil, error: "a hiccup"))
    }
  }

  /// A commit whose answer was lost is written once more: that changes nothing.
  @Test func doesNotWriteAnEndTwice() async throws {
    try await Engine.with { engine in
      let run = try await engine.enqueue(Errand(), pushing: false)
      let started = try #require(try await engine.store.start([run], worker: "worker").started.first)
      let ending = Ending.retried(started, after: .zero, because: "a hiccup")
      #expect(try await engine.store.finish([ending]).written == [run])
      #expect(try await engine.store.finish([ending]).written == [])
      #expect(try await engine.row(run).attempts == 1)
    }
  }
}
