import Foundation
import Identifiers
import JobQueue
import Redis
import Testing

@testable import JobQueue

/// The scripts against the model. The seed of a failure goes into `Seeded(seed:)`.
@Suite struct IndexHistoryTests {
  @Test(arguments: 1...8, [3, 12]) func doesWhatTheModelDoes(number: Int, tenants: Int) async throws {
    try await Engine.with(brands: 0) { engine in
      var history = IndexHistory(engine, random: Seeded(), tenants: tenants)
      try await history.play(150)
    }
  }

  /// The control: what the histories look for is seen when it is there.
  @Test func seesARunThatIsDoubledOrLost() async throws {
    try await Engine.with(brands: 0) { engine in
      let run = Run(id: ID(), tenant: ID(), place: RunPlace(.errands), dueAt: .distantPast)
      let (id, line) = ("\(run.id)", "line:errands:normal:\(run.tenant):")
      func misplaced() async throws -> [String] {
        try await engine.picture(generation: "").misplaced()
      }
      try await engine.index.push([run])
      #expect(try await misplaced() == [])
      _ = try await engine.redis("RPUSH", line, id)
      #expect(try await misplaced() == [id])
      _ = try await engine.redis("DEL", line)
      #expect(try await misplaced() == [id])
    }
  }
}
