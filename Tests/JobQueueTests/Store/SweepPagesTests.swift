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
      let new = try (0..<25).map { try NewRun(Errand(number: $0), dueAt: due.addingTimeInterval(Double($0 / 4))) }
      let far = try NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: 10_000))
      try await engine.enqueue(new + [far], pushing: false)
      var read: [Run] = []
      // Some share an instant: there the id decides.
      var place: (due: Date, id: ID<Run>)?
      repeat {
        let page = try await engine.store.ready(swept: false, before: Date(), after: place, limit: 10)
        read += page
        place = page.count == 10 ? page.last.map { ($0.dueAt, $0.id) } : nil
      } while place != nil
      #expect(read.map(\.id) == new.map(\.id))
      try await engine.asOwner("update ops.runs set swept = true where id = \(new[3].id)")
      let swept = try await engine.store.ready(swept: true, before: Date(), after: nil, limit: 10)
      #expect(swept.map(\.id) == [new[3].id])
      #expect(read.allSatisfy { $0.tenant == engine.tenant() && $0.place.lane == .errands })
    }
  }

  @Test func readsWhatIsRunningWithItsWorker() async throws {
    try await Engine.with { engine in
      let runs = try await engine.enqueueErrands(0..<5, pushing: false)
      _ = try await engine.store.start(Array(runs[0...2]), worker: "one").started
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
      #expect(try await engine.store.tend(retention: 11 * 86_400) == 0)
      #expect(try await engine.store.tend(retention: 7 * 86_400) == 2)
      #expect(try await engine.states() == ["dead": 1, "ready": 1])
      #expect(try await engine.store.counts() == ["dead": 1, "ready": 1])
    }
  }

  /// A run's id says on which day it was made, and its partition is that day's.
  @Test func makesDaysAheadAndDropsThoseThatAreOver() async throws {
    try await Engine.with { engine in
      @Sendable func days() async throws -> [String] {
        try await engine.asOwner(
          "select inhrelid::regclass::text from pg_inherits where inhparent = 'ops.runs'::regclass order by 1"
        ).map { try $0.decode(String.self) }
      }
      let run = try await engine.enqueue(Errand(), pushing: false)
      let today = try await engine.asOwner(
        """
        select tableoid::regclass::text = 'ops.runs_' || to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDD')
        from ops.runs where id = \(run)
        """
      ).first?.decode(Bool.self)
      #expect(today == true)
      try await engine.asOwner(
        """
        create table ops.runs_20200101 partition of ops.runs
        for values from (ops.first_id('2020-01-01')) to (ops.first_id('2020-01-02'))
        """)
      try await engine.asOwner(
        """
        create table ops.runs_20200102 partition of ops.runs
        for values from (ops.first_id('2020-01-02')) to (ops.first_id('2020-01-03'))
        """)
      try await engine.asOwner(
        """
        insert into ops.runs (id, brand_id, kind, lane, payload, state, due_at)
        values (ops.first_id('2020-01-02'), gen_random_uuid(), 'a', 'a', '{}', 'dead', now())
        """)
      _ = try await engine.store.tend(retention: 7 * 86_400)
      let left = try await days()
      #expect(!left.contains("ops.runs_20200101"))
      #expect(left.contains("ops.runs_20200102"))
      #expect(left.count { $0.hasPrefix("ops.runs_2") } == 6)
    }
  }

  @Test func sweepsEachOnceWhoeverSweeps() async throws {
    try await Engine.with { engine in
      let old = try await engine.enqueueErrands(0..<30, pushing: false)
      try await engine.asOwner("update ops.runs set created_at = created_at - interval '1 minute'")
      let far = try await engine.enqueue([NewRun(Errand(), dueAt: Date(timeIntervalSinceNow: 10_000))], pushing: false)
      let swept = Tally<ID<Run>>()
      await #expect(throws: Hiccup.self) { _ = try await engine.store.sweep(limit: 10) { _ in throw Hiccup() } }
      let counts = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            var count = 0
            for _ in 0..<4 { count += try await engine.store.sweep(limit: 10) { for run in $0 { swept.add(run.id) } } }
            return count
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(counts == 30)
      #expect(swept.counts == Dictionary(uniqueKeysWithValues: old.map { ($0, 1) }))
      #expect(far.count == 1)
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
