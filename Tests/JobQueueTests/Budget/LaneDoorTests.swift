import Foundation
import JobQueue
import Postgres
import Redis
import TestSupport
import Testing

@testable import JobQueue

extension EngineTests {
  /// What a lane needs is there or not, and whoever has to wait for it costs nothing meanwhile.
  @Suite struct LaneDoorTests {
    private func budget(_ engine: Engine) -> CallBudget {
      CallBudget(
        engine.deployment.redis, platform: engine.deployment.cell, limit: 3, per: .seconds(600), firstByteDelay: .zero,
        margin: .zero, chunkLife: .seconds(300), logger: .quiet)
    }

    /// Three calls and fifty runs. The control shows what the door keeps away.
    @Test(arguments: [true, false]) func withoutCallsNothingBegins(isKept: Bool) async throws {
      try await Engine.with { engine in
        // A budget that is new waits for a window; another process then finds it open.
        _ = await budget(engine).take()
        _ = try await engine.deployment.redis.send(RedisCommand("HSET", arguments: [budget(engine).key, "opens", 0]))
        let (budget, journal, asides) = (budget(engine), Journal(), Journal())
        var registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          switch await budget.take() {
          case .permit: return .done
          case .none(let wait): return .gateShutFor(wait)
          }
        }
        registry.register(
          ScriptedJob<Aside> { _, attempt in
            asides.note(attempt)
            return .done
          })
        if isKept { registry.keep(.errands, by: budget) }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await engine.enqueueErrands(0..<50)
          try await eventually("the calls are used up") { try await engine.states()["done"] == 3 }
          guard isKept else { return try await eventually("all have begun") { journal.beginnings.count == 50 } }
          // Another lane goes on.
          for number in 0..<5 { _ = try await engine.enqueue(Aside(number: number)) }
          try await eventually("the asides are done") { asides.count == 5 }
          let begun = journal.count
          try await Task.sleep(for: .seconds(2))
          #expect(journal.count == begun)
          // Those that had begun when the last call was taken.
          #expect(begun <= 3 + 4 + 1)
        }
      }
    }

    private struct Gated: JobPayload {
      static let kind = "test.gated"
      static let lane = Lane.errands
      var number = 0
      var gate: String? { "gate" }
    }

    @Test func aGateIsShutForAWhileByOthersClocks() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        var registry = JobRegistry()
        registry.register(
          ScriptedJob<Gated> { _, attempt in journal.note(attempt) == 1 ? .gateShutFor(.seconds(1)) : .done })
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await engine.enqueue([NewRun(Gated(number: 1)), NewRun(Gated(number: 2))])
          try await engine.untilDone(2)
        }
        let dates = journal.entries.map(\.date)
        #expect(dates.count == 3 && dates[1].timeIntervalSince(dates[0]) > 0.9)
        #expect(journal.entries.allSatisfy { $0.number == 1 })
      }
    }

    @Test func postgresCountsTheWait() async throws {
      try await Engine.with { engine in
        let run = try await engine.enqueue(Gated(), pushing: false)
        let started = try #require(try await engine.store.start([run], worker: "worker").started.first)
        try await engine.store.finish([.shutOut(started, for: .seconds(600))])
        let rows = try await engine.asOwner(
          "select extract(epoch from due_at - clock_timestamp())::float8 from ops.runs where id = \(run)")
        let wait = try #require(try rows.first?.decode(Double.self))
        #expect(wait > 500 && wait <= 600)
      }
    }
  }
}
