import Foundation
import Identifiers
import JobQueue
import Redis
import Testing

@testable import JobQueue

@Suite struct RunIndexTests {
  private let generation = UUID()

  private func run(of tenant: ID<Tenant> = ID(), in lane: Lane = .errands, dueIn seconds: TimeInterval = -1) -> Run {
    Run(id: ID(), tenant: tenant, place: RunPlace(lane), dueAt: Date(timeIntervalSinceNow: seconds))
  }

  /// Nil when the index is not whole.
  private func reserve(
    _ count: Int, _ engine: Engine, lanes: [Lane] = [.errands]
  ) async throws -> (runs: [ID<Run>], nextDue: Duration?)? {
    let wish = ReservationWish(count: count, lanes: lanes, lease: .seconds(60))
    let reservation = try await engine.index.reserve(wish, for: "worker", generation: generation)
    guard case .runs(let runs, let nextDue, _) = reservation else { return nil }
    return (runs, nextDue)
  }

  @Test func isNotWholeUnlessItCarriesTheGeneration() async throws {
    try await Engine.with(brands: 0) { engine in
      let run = run()
      try await engine.index.push([run])
      #expect(try await reserve(1, engine) == nil)
      #expect(try await !engine.index.carries(generation))
      try await engine.index.declareWhole(UUID())
      #expect(try await reserve(1, engine) == nil)
      #expect(try await !engine.index.carries(generation))
      try await engine.index.declareWhole(generation)
      #expect(try await engine.index.carries(generation))
      #expect(try await reserve(1, engine)?.runs == [run.id])
    }
  }

  /// A command that empties it may come later than another's whole emptying, and its sender is gone.
  @Test func isNotWholeWhileSomebodyEmptiesIt() async throws {
    try await Engine.with(brands: 0) { engine in
      try await engine.index.declareWhole(generation)
      _ = try await engine.redis("SET", "emptying", UUID().uuidString)
      #expect(try await !engine.index.carries(generation))
    }
  }

  @Test func whoIsOvertakenTakesNothingAway() async throws {
    try await Engine.with(brands: 0) { engine in
      let (first, second, run) = (UUID(), UUID(), run())
      try await engine.index.push([run])
      _ = try await engine.redis("SET", "emptying", second.uuidString)
      await #expect(throws: RunIndex.NotWhole.self) {
        try await engine.index.unlink([engine.prefix + "runs"], for: first)
      }
      #expect(try await engine.isKnown(run.id))
      try await engine.index.unlink([engine.prefix + "runs"], for: second)
      #expect(try await !engine.isKnown(run.id))
    }
  }

  @Test func takesTenantsInTurn() async throws {
    try await Engine.with(brands: 0) { engine in
      let (many, few) = (ID<Tenant>(), ID<Tenant>())
      let first = (0..<5).map { _ in run(of: many) }
      let second = (0..<2).map { _ in run(of: few) }
      try await engine.index.push(first + second)
      try await engine.index.declareWhole(generation)
      let expected = [first[0], second[0], first[1], second[1], first[2], first[3], first[4]]
      #expect(try await reserve(7, engine)?.runs == expected.map(\.id))
    }
  }

  @Test func takesLanesInTurn() async throws {
    try await Engine.with(brands: 0) { engine in
      let errands = (0..<5).map { _ in run() }
      let asides = (0..<2).map { _ in run(in: .asides) }
      try await engine.index.push(errands + asides)
      try await engine.index.declareWhole(generation)
      let expected = [errands[0], asides[0], errands[1], asides[1], errands[2]]
      #expect(try await reserve(5, engine, lanes: [.errands, .asides])?.runs == expected.map(\.id))
    }
  }

  @Test func leavesWhatIsFarAheadToTheSweep() async throws {
    try await Engine.with(brands: 0) { engine in
      let (near, far) = (run(dueIn: RunIndex.horizon - 60), run(dueIn: RunIndex.horizon + 60))
      try await engine.index.push([near, far])
      #expect(try await engine.isKnown(near.id))
      #expect(try await !engine.isKnown(far.id))
    }
  }

  @Test func saysWhenTheNextRunComesDue() async throws {
    try await Engine.with(brands: 0) { engine in
      try await engine.index.declareWhole(generation)
      let empty = try #require(try await reserve(1, engine))
      #expect(empty.runs.isEmpty && empty.nextDue == nil)
      try await engine.index.push([run(dueIn: 500), run(dueIn: 300)])
      let waiting = try #require(try await reserve(1, engine))
      #expect(waiting.runs.isEmpty)
      let nextDue = try #require(waiting.nextDue)
      #expect(nextDue <= .seconds(301) && nextDue > .seconds(200))
    }
  }

  @Test func becomesReadyByItselfWhenItIsDue() async throws {
    try await Engine.with(brands: 0) { engine in
      try await engine.index.declareWhole(generation)
      let soon = run(dueIn: 0.3)
      try await engine.index.push([soon])
      try await eventually("the run is reserved") {
        try await reserve(1, engine)?.runs == [soon.id]
      }
      #expect(Date() >= soon.dueAt)
    }
  }

  @Test func wakesWhoWaits() async throws {
    try await Engine.with(brands: 0) { engine in
      async let waiting: Void = engine.index.wait(for: [.asides, .errands], atMost: .seconds(30))
      try await engine.index.push([run()])
      try await waiting
      // Had it waited its time out, the token would still be there.
      #expect(try await engine.redis("LLEN", "wake:errands").integer == 0)
    }
  }

  @Test func leavesNoTokenOfABurstBehind() async throws {
    try await Engine.with(brands: 0) { engine in
      func tokens() async throws -> [Int?] {
        var counts: [Int?] = []
        for kind in [SlotKind.any, .interactive, .newcomers] {
          counts.append(try await engine.redis("LLEN", kind.tokens + "errands").integer)
        }
        return counts
      }
      try await engine.index.declareWhole(generation)
      let place = RunPlace(.errands, .interactive)
      let runs = (0..<50).map { _ in Run(id: ID(), tenant: ID(), place: place, dueAt: .distantPast) }
      for run in runs { try await engine.index.push([run]) }
      #expect(try await tokens() == [1, 1, 1])
      #expect(try await reserve(50, engine)?.runs.count == 50)
      #expect(try await reserve(50, engine)?.runs == [])
      #expect(try await tokens() == [0, 0, 0])
    }
  }

  @Test func wakesTheNextWhenSomethingIsLeft() async throws {
    try await Engine.with(brands: 0) { engine in
      try await engine.index.push((0..<3).map { _ in run() })
      try await engine.index.declareWhole(generation)
      try await engine.index.wait(for: [.errands], atMost: .seconds(30))
      #expect(try await engine.redis("LLEN", "wake:errands").integer == 0)
      _ = try await reserve(1, engine)
      #expect(try await engine.redis("LLEN", "wake:errands").integer == 1)
      try await engine.index.wait(for: [.errands], atMost: .seconds(30))
      _ = try await reserve(2, engine)
      #expect(try await engine.redis("LLEN", "wake:errands").integer == 0)
    }
  }

  @Test func takesBatchesApart() async throws {
    try await Engine.with(brands: 0) { engine in
      let runs = (0..<450).map { _ in run() }
      try await engine.index.push(runs)
      try await engine.index.declareWhole(generation)
      var reserved: [ID<Run>] = []
      while reserved.count < runs.count {
        let next = try #require(try await reserve(500, engine)).runs
        try #require(!next.isEmpty)
        // No script runs longer than for 200 runs.
        #expect(next.count <= 200)
        reserved += next
      }
      #expect(Set(reserved) == Set(runs.map(\.id)))
      #expect(try await engine.index.extend(reserved, of: "worker", lease: .seconds(60)) == [])
      #expect(try await engine.index.extend(reserved, of: "another", lease: .seconds(60)) == reserved)
      try await engine.index.settle(reserved.map { Settlement($0, .done(cost: nil)) }, of: "worker")
      #expect(try await engine.redis("HLEN", "runs").integer == 0)
      #expect(try await engine.redis("ZCARD", "leases").integer == 0)
    }
  }
}
