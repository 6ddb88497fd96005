import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import JobQueue

extension EngineTests {
  /// Workers that vanish with what they have taken.
  @Suite struct CrashTests {
    @Test func theRunIsTakenUpAgainAfterItsLease() async throws {
      try await Engine.with { engine in
        let journal = Journal()
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          return .done
        }
        try await engine.declareIndexWhole()
        let run = try await engine.enqueue(Errand())
        try await engine.vanish(with: run, lease: .seconds(1))
        let expiry = try #require(try await engine.leaseExpiry(of: run))
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await engine.untilDone(1)
          let entry = try #require(journal.entries.first)
          #expect((journal.count, entry.epoch, entry.number) == (1, 2, 1))
          #expect(entry.date >= Date(timeIntervalSince1970: Double(expiry) / 1_000))
          #expect(
            try await engine.row(run)
              == RunRow(state: "done", epoch: 2, attempts: 0, crashes: 1, worker: nil, error: nil))
        }
      }
    }

    @Test func theThirdCrashEndsTheRun() async throws {
      try await Engine.with { engine in
        let (journal, abandoned) = (Journal(), Tally<String>())
        let registry = JobRegistry.errands(abandoning: { abandoned.add("\($1.epoch) \($2)") }) { _, attempt in
          journal.note(attempt)
          return .done
        }
        try await engine.declareIndexWhole()
        let run = try await engine.enqueue(Errand())
        for _ in 1...3 { try await engine.vanish(with: run) }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await engine.until(run, stands: "quarantined")
          let evidence = try await engine.asOwner(
            "select jsonb_array_length(evidence)::integer, evidence->0->>'worker' from ops.runs where id = \(run)"
          ).first?.decode(Int.self, String.self)
          #expect(evidence?.0 == 3 && evidence?.1 == "vanished")
          let reason = "3 attempts ended without a word: their worker was killed or stalled"
          #expect(journal.count == 0)
          #expect(abandoned.counts == ["4 \(reason)": 1])
          let row = try await engine.row(run)
          #expect((row.epoch, row.crashes, row.error) == (4, 3, reason))
        }
      }
    }

    @Test func twoCrashesDoNot() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.declareIndexWhole()
        let run = try await engine.enqueue(Errand())
        for _ in 1...2 { try await engine.vanish(with: run) }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await engine.untilDone(1)
          #expect(try await engine.row(run).crashes == 2)
        }
      }
    }

    /// Reserved, but killed before the start was committed: nothing crashed.
    @Test func aReservationThatIsForgottenCountsNothing() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.declareIndexWhole()
        let run = try await engine.enqueue(Errand())
        #expect(try await engine.reserve(1, for: "vanished", lease: .milliseconds(1)) == [run])
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await engine.untilDone(1)
          let row = try await engine.row(run)
          #expect((row.epoch, row.crashes) == (1, 0))
        }
      }
    }

    /// Postgres takes nothing for a while: what was reserved is given back, and no crash is counted.
    @Test func aStartThatIsRefusedCountsNothing() async throws {
      try await Engine.with { engine in
        let log = LogTally()
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.declareIndexWhole()
        let run = try await engine.enqueue(Errand())
        try await engine.asOwner("alter table ops.runs rename to runs_away")
        try await engine.with(RunningWorker(engine, registry: registry, logger: log.logger)) {
          try await eventually("two starts have failed") { log.messages.counts["no runs taken"] ?? 0 > 1 }
          try await engine.asOwner("alter table ops.runs_away rename to runs")
          try await engine.untilDone(1)
          let row = try await engine.row(run)
          #expect((row.epoch, row.crashes, row.attempts) == (1, 0, 0))
        }
      }
    }

    /// It was started, and Redis forgot both the run and its lease: Postgres knows that it is running.
    @Test func aRunThatTheIndexForgotIsPutBack() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.declareIndexWhole()
        let run = try await engine.enqueue(Errand())
        try await engine.vanish(with: run)
        _ = try await engine.redis("DEL", "runs")
        _ = try await engine.redis("DEL", "leases")
        // The sweep leaves a run alone until it has been running for two leases.
        try await engine.with(RunningWorker(engine, registry: registry) { $0.lease = .seconds(2) }) {
          try await engine.untilDone(1)
          #expect(try await engine.row(run).crashes == 1)
        }
      }
    }
  }
}
