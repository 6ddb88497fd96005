import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  /// Many runs with one that follows.
  @Suite struct BatchTests {
    private func enqueue(_ count: Int, _ engine: Engine) async throws -> (batch: UUID, follower: ID<Run>) {
      let (batch, follower) = (UUID(), try NewRun(Aside()))
      let added = try await engine.deployment.tenancy.transaction(of: engine.brands[0]) { transaction in
        try await RunStore.enqueue(
          try (0..<count).map { try NewRun(Errand(number: $0)) }, followedBy: follower, batch: batch,
          of: engine.tenant(), in: transaction)
      }
      try await engine.index.push(added)
      return (batch, follower.id)
    }

    @Test(arguments: [1, 40]) func theFollowerComesWhenAllHaveEnded(count: Int) async throws {
      try await Engine.with { engine in
        let journal = Journal()
        var registry = JobRegistry.errands { errand, attempt in
          journal.note(attempt)
          if errand.number == 0 { throw PermanentFailure("not this one") }
          return .done
        }
        registry.register(
          ScriptedJob<Aside> { _, attempt in
            journal.note(attempt)
            return .done
          })
        let (batch, follower) = try await enqueue(count, engine)
        #expect(try await engine.row(follower).state == "ready")
        try await engine.with(
          RunningWorker(engine, name: "one", registry: registry), RunningWorker(engine, name: "two", registry: registry)
        ) {
          try await engine.until(follower, stands: "done")
        }
        #expect(journal.count == count + 1)
        #expect(journal.entries.last?.run == follower)
        let row = try await engine.asOwner("select total, open, failed from ops.batches where id = \(batch)").first
        let counts = try row?.decode(Int.self, Int.self, Int.self)
        #expect(counts?.0 == count && counts?.1 == 0 && counts?.2 == 1)
      }
    }

    /// The control: with one of them still to come the follower waits.
    @Test func theFollowerWaitsForTheLast() async throws {
      try await Engine.with { engine in
        let (_, follower) = try await enqueue(2, engine)
        let first = try await engine.asOwner("select id from ops.runs where kind = \(Errand.kind) order by id limit 1")
        let run: ID<Run> = try #require(first.first).value("id")
        let started = try await engine.store.start([run], worker: "worker").started
        #expect(try await engine.store.finish(started.map { .done($0) }).next.isEmpty)
        #expect(try await engine.row(follower).epoch == 0)
        #expect(try await engine.store.start([follower], worker: "worker").started.isEmpty)
      }
    }
  }
}
