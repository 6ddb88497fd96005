import Foundation
import Identifiers
import JobQueue
import Redis
import Testing

@testable import JobQueue

/// The scripts against the model. The seed of a failure goes into `Seeded(seed:)`.
@Suite struct IndexHistoryTests {
  /// How many histories each case plays, one after the other: many at once would take longer than their steps of time.
  private static let rounds =
    ProcessInfo.processInfo.environment["NUANQUN_INDEX_HISTORIES"].flatMap(Int.init).map { max($0, 1) } ?? 1

  @Test(arguments: 1...8, [3, 12]) func doesWhatTheModelDoes(number: Int, tenants: Int) async throws {
    for _ in 1...Self.rounds {
      try await Engine.with(brands: 0) { engine in
        var history = IndexHistory(engine, random: Seeded(), tenants: tenants)
        try await history.play(150)
      }
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
      _ = try await engine.redis("HSET", "head:errands:normal", "\(run.tenant)", "+\(id)|")
      #expect(try await misplaced() == [id])
      _ = try await engine.redis("DEL", line)
      _ = try await engine.redis("DEL", "head:errands:normal")
      #expect(try await misplaced() == [id])
    }
  }
}
