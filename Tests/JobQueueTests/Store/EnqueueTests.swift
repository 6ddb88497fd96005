import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import JobQueue

@Suite struct EnqueueTests {
  private func end(_ run: Run, _ engine: Engine, as ending: (StartedRun) -> Ending) async throws {
    let started = try #require(try await engine.store.start([run.id], worker: "worker").started.first)
    try await engine.store.finish([ending(started)])
  }

  @Test func addsRunsOfTheTransactionsBrand() async throws {
    try await Engine.with(brands: 2) { engine in
      let due = Date(timeIntervalSince1970: 1_900_000_000)
      let new = [try NewRun(Errand(number: 1)), try NewRun(Aside(number: 2), dueAt: due)]
      let runs = try await engine.enqueue(new, of: 1, pushing: false)
      #expect(runs.map(\.id) == new.map(\.id))
      #expect(runs.map(\.tenant) == [engine.tenant(1), engine.tenant(1)])
      #expect(runs.map(\.place.lane) == [.errands, .asides])
      #expect(runs[1].dueAt == due)
      let rows = try await engine.deployment.pool.read(
        "select brand_id, kind, lane, due_at <= clock_timestamp() as due from ops.runs order by id"
      ).map { try $0.decode(ID<Tenant>.self, String.self, String.self, Bool.self) }
      #expect(rows[0] == (engine.tenant(1), "test.errand", "errands", true))
      #expect(rows[1] == (engine.tenant(1), "test.aside", "asides", false))
    }
  }

  @Test func isUndoneWithTheCallersTransaction() async throws {
    struct ChangeOfMind: Error {}
    try await Engine.with { engine in
      let new = [try NewRun(Errand(), uniqueKey: "once")]
      await #expect(throws: ChangeOfMind.self) {
        try await engine.deployment.tenancy.transaction(of: engine.brands[0]) { transaction in
          let added = try await RunStore.enqueue(new, of: engine.tenant(), in: transaction)
          #expect(added.count == 1)
          throw ChangeOfMind()
        }
      }
      let states = try await engine.states()
      #expect(states.isEmpty)
      // Nor does its key stand in anybody's way.
      #expect(try await engine.enqueue(new, pushing: false).count == 1)
    }
  }

  @Test func addsNothingWhileARunWithTheKeyLives() async throws {
    try await Engine.with { engine in
      let first = try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false)
      func again() async throws -> Int {
        try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false).count
      }
      #expect(try await again() == 0)
      let started = try await engine.store.start(first.map(\.id), worker: "worker").started
      #expect(try await again() == 0)
      try await engine.store.finish(started.map { .retried($0, after: .zero, because: "a hiccup") })
      #expect(try await again() == 0)
      #expect(try await engine.enqueue([NewRun(Errand(), uniqueKey: "other")], pushing: false).count == 1)
      #expect(try await engine.states() == ["ready": 2])
    }
  }

  @Test func addsAgainOnceItHasEnded() async throws {
    try await Engine.with { engine in
      let first = try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false)
      try await end(first[0], engine) { .done($0) }
      let second = try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false)
      #expect(second.count == 1)
      try await end(second[0], engine) { .dead($0, because: "no more") }
      #expect(try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false).count == 1)
    }
  }

  @Test func addsOneOfSeveralWithTheSameKeyInOneCall() async throws {
    try await Engine.with { engine in
      let new = try (0..<3).map { try NewRun(Errand(number: $0), uniqueKey: "key") }
      #expect(try await engine.enqueue(new, pushing: false).map(\.id) == [new[0].id])
    }
  }

  @Test func manyAtOnceAddOne() async throws {
    try await Engine.with { engine in
      let added = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask { try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false).count }
        }
        return try await group.reduce(0, +)
      }
      #expect(added == 1)
      #expect(try await engine.states() == ["ready": 1])
    }
  }

  @Test func brandsDoNotShareKeys() async throws {
    try await Engine.with(brands: 2) { engine in
      for brand in 0...1 {
        let added = try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], of: brand, pushing: false)
        #expect(added.count == 1)
      }
    }
  }

  /// The control: it is the keys' row that keeps them apart.
  @Test func withoutTheKeysRowASecondRunWouldBeAdded() async throws {
    try await Engine.with { engine in
      for _ in 0...1 {
        try await engine.asOwner("delete from ops.run_keys")
        try await engine.enqueue([NewRun(Errand(), uniqueKey: "key")], pushing: false)
      }
      #expect(try await engine.states() == ["ready": 2])
    }
  }
}
