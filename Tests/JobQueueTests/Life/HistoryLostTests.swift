import Foundation
import JobQueue
import Postgres
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  /// A job finds nothing left of what it had committed.
  @Suite struct HistoryLostTests {
    private func audit(_ engine: Engine) async throws -> [String] {
      try await engine.asOwner("select act || ' ' || coalesce(detail ->> 'claim', '') from ops.audit order by id")
        .map { try $0.decode(String.self) }
    }

    @Test func theWorkerClosesTheCellAndKeepsTheEvidence() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          throw HistoryLost(committedAt: Date(), evidence: ["claim": "of a send"])
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          let life = CellLife(engine.deployment.owner)
          try await eventually("the cell is closed") { try await life.status().closing == .rewound }
          _ = try await engine.enqueue(Errand())
          try await Task.sleep(for: .seconds(1.5))
          #expect(journal.count == 1)
          let row = try await engine.row(run)
          #expect((row.state, row.attempts, row.crashes) == ("ready", 0, 0))
          #expect(try await audit(engine) == ["miss claim of a send", "close cell "])
        }
      }
    }

    /// Whoever opened the cell has settled what the history that is lost may have sent.
    @Test func whatWasCommittedBeforeTheOpeningClosesNothing() async throws {
      try await Engine.with { engine in
        let loss = HistoryLost(committedAt: Date(timeIntervalSinceNow: -60), evidence: ["claim": "an old one"])
        try await engine.asOwner("update ops.life set opened_at = clock_timestamp() - interval '30 seconds'")
        #expect(try await !engine.store.note(loss, by: "a test"))
        #expect(try await CellLife(engine.deployment.owner).isOpen())
        #expect(try await audit(engine) == ["miss claim an old one"])
      }
    }
  }
}
