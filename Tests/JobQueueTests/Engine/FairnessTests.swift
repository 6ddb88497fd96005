import Foundation
import Identifiers
import JobQueue
import Testing

@testable import JobQueue

extension EngineTests {
  /// Who waits for whom, in the order of beginnings; time does not come into it.
  @Suite struct FairnessTests {
    private static let backlog = 500
    /// Enough for what was taken already and what is begun beside it.
    private static let soon = 40

    /// A backlog of the first brand, of which a hundred are begun, and then another run; returns how many began between
    /// its arrival and its own beginning.
    private func beginnings(
      _ engine: Engine, slots: Int, backlog: some JobPayload, before arrival: some JobPayload, of brand: Int
    ) async throws -> Int {
      let (journal, gate) = (Journal(), Gate())
      @Sendable func perform(_ attempt: Attempt) async throws -> JobResult {
        if journal.note(attempt) > 100 { try await gate.pass() }
        return .done
      }
      var registry = JobRegistry()
      registry.register(ScriptedJob<Errand> { try await perform($1) })
      registry.register(ScriptedJob<Aside> { try await perform($1) })
      var waited = 0
      let worker = RunningWorker(engine, registry: registry) { $0.slots = slots }
      try await engine.with(worker) {
        try await engine.enqueue((0..<Self.backlog).map { _ in try NewRun(backlog) })
        try await eventually("a hundred are begun") { journal.count > 100 }
        let run = try await engine.enqueue(arrival, of: brand)
        let before = journal.count
        gate.open()
        try await engine.untilDone(Self.backlog + 1)
        waited = try #require(journal.entries.firstIndex { $0.run == run }) - before
      }
      return waited
    }

    @Test(arguments: [1, 4]) func aTenantsOnlyRunDoesNotWaitForAnothersBacklog(slots: Int) async throws {
      try await Engine.with(brands: 2) { engine in
        let waited = try await beginnings(engine, slots: slots, backlog: Errand(), before: Errand(), of: 1)
        #expect(waited <= Self.soon)
      }
    }

    /// The control: behind its own tenant's backlog a run waits for all of it, and the test above would notice.
    @Test func aTenantWaitsForItsOwnBacklog() async throws {
      try await Engine.with(brands: 2) { engine in
        let waited = try await beginnings(engine, slots: 4, backlog: Errand(), before: Errand(), of: 0)
        #expect(waited > Self.soon * 5)
      }
    }

    @Test(arguments: [1, 4]) func aLaneDoesNotWaitForAnothersBacklog(slots: Int) async throws {
      try await Engine.with { engine in
        let waited = try await beginnings(engine, slots: slots, backlog: Errand(), before: Aside(), of: 0)
        #expect(waited <= Self.soon)
      }
      try await Engine.with { engine in
        let waited = try await beginnings(engine, slots: slots, backlog: Aside(), before: Errand(), of: 0)
        #expect(waited <= Self.soon)
      }
    }

    @Test func tenantsTakeTurnsFromTheBeginning() async throws {
      try await Engine.with(brands: 3) { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          return .done
        }
        for brand in 0..<3 { try await engine.enqueueErrands(0..<30, of: brand) }
        try await engine.with(RunningWorker(engine, registry: registry) { $0.slots = 3 }) {
          try await engine.untilDone(90)
        }
        // At any point none is more than some beginnings ahead of another: shares are of time, which one may need more of.
        for count in 1...90 {
          let begun = (0..<3).map { brand in
            journal.entries.prefix(count).count { $0.tenant == engine.tenant(brand) }
          }
          #expect((begun.max() ?? 0) - (begun.min() ?? 0) <= 15)
        }
      }
    }
  }
}
