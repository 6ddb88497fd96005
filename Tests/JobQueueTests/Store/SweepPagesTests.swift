import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import JobQueue

/// What the sweep reads and clears away.
@Suite struct SweepPagesTests {
  @Test func readsWhatIsReadyPageByPage() async throws {
    try await Engine.with { engine in
      let due = Date(timeIntervalSince1970: 1_700_000_000)
      // Some share an instant: there the id decides.
      let new = try (0..<25).map { try NewRun(Errand(number: $0), dueAt: due.addingTimeInterval(Double($0 / 4))) }
      let far = try NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: 10_000))
      try await engine.enqueue(new + [far], pushing: false)
      var read: [Run] = []
      var place: (due: Date, id: ID<Run>)?
      repeat {
        let page = try await engine.store.ready(before: Date(), after: place, limit: 10)
        read += page
        place = page.count == 10 ? page.last.map { ($0.dueAt, $0.id) } : nil
      } while place != nil
      #expect(read.map(\.id) == new.map(\.id))
      #expect(read.allSatisfy { $0.tenant == engine.tenant() && $0.lane == .errands })
    }
  }

  @Test func readsWhatIsRunningWithItsWorker() async throws {
    try await Engine.with { engine in
      let runs = try await engine.enqueueErrands(0..<5, pushing: false)
      _ = try await engine.store.start(Array(runs[0...2]), worker: "one")
      let first = try await engine.store.running(startedBefore: .distantFuture, after: nil, limit: 2)
      let second = try await engine.store.running(startedBefore: .distantFuture, after: first.last?.0.id, limit: 2)
      #expect((first + second).map(\.0.id) == Array(runs[0...2]))
      #expect((first + second).allSatisfy { $0.worker == "one" })
      #expect(try await engine.store.running(startedBefore: .distantPast, after: nil, limit: 2).isEmpty)
    }
  }

  @Test func clearsAwayWhatIsDoneForLongAndKeepsTheDead() async throws {
    try await Engine.with { engine in
      let runs = try await engine.enqueueErrands(0..<4, pushing: false)
      try await engine.asOwner(
        """
        update ops.runs set ended_at = clock_timestamp() - interval '10 days',
          state = case when id = \(runs[2]) then 'dead' else 'done' end
        where id = any(\([runs[0], runs[1], runs[2]]))
        """)
      let bound = Date(timeIntervalSinceNow: -7 * 86_400)
      #expect(try await engine.store.prune(endedBefore: bound, limit: 1) == 1)
      #expect(try await engine.store.prune(endedBefore: bound, limit: 10) == 1)
      #expect(try await engine.states() == ["dead": 1, "ready": 1])
      #expect(try await engine.store.counts() == ["dead": 1, "ready": 1])
    }
  }

  @Test func letsOneAtATimeDoTheUpkeep() async throws {
    try await Engine.with { engine in
      var ran: [String] = []
      try await engine.store.exclusively("sweep") {
        ran.append("first")
        try await engine.store.exclusively("sweep") { ran.append("beside it") }
        try await engine.store.exclusively("rebuild") { ran.append("another turn") }
      }
      try await engine.store.exclusively("sweep") { ran.append("after it") }
      #expect(ran == ["first", "another turn", "after it"])
    }
  }
}
