import Foundation
import Identifiers
import JobQueue
import Testing

@testable import JobQueue

extension EngineTests {
  @Suite struct WorkerLeaseTests {
    /// A job that holds on until the gate opens, and two workers, one of which has nothing else to do than to reap.
    private func longJob(
      _ engine: Engine, settings: @escaping (inout WorkerSettings) -> Void = { _ in },
      body: (ID<Run>, Journal, Gate) async throws -> Void
    ) async throws {
      let (journal, gate) = (Journal(), Gate())
      let registry = JobRegistry.errands { _, attempt in
        journal.note(attempt)
        try await gate.pass()
        return .done
      }
      try await engine.with(
        RunningWorker(engine, name: "one", registry: registry, settings: settings),
        RunningWorker(engine, name: "two", registry: registry, settings: settings)
      ) {
        let run = try await engine.enqueue(Errand())
        try await eventually("it is begun") { journal.count > 0 }
        try await body(run, journal, gate)
        gate.open()
        try await engine.untilDone(1)
      }
    }

    @Test func theHeartbeatKeepsALongJobsLease() async throws {
      try await Engine.with { engine in
        try await longJob(engine) { run, journal, gate in
          let first = try #require(try await engine.leaseExpiry(of: run))
          // Two leases later.
          try await eventually("the lease is extended") { try await engine.leaseExpiry(of: run) ?? 0 > first + 10_000 }
          gate.open()
          try await engine.untilDone(1)
          #expect(journal.count == 1)
          let row = try await engine.row(run)
          #expect((row.epoch, row.crashes) == (1, 0))
        }
      }
    }

    /// The control: without a heartbeat the run is begun a second time, and the test above would notice. What the first
    /// attempt says at its end is not written.
    @Test func withoutAHeartbeatTheRunWouldBeBegunAgain() async throws {
      try await Engine.with { engine in
        try await longJob(engine) {
          $0.lease = .seconds(2)
          $0.heartbeat = .seconds(3_600)
          $0.crashLimit = 100
        } body: { run, journal, gate in
          try await eventually("it is begun again") { journal.count >= 2 }
          #expect(journal.entries.prefix(2).map(\.epoch) == [1, 2])
          #expect(try await engine.row(run).crashes > 0)
        }
      }
    }

    /// The job is cancelled, and may begin nothing that is seen outside.
    private func untilLost(_ attempt: Attempt, telling told: Tally<String>) async throws {
      do {
        try await Task.sleep(for: .seconds(3_600))
      } catch {
        #expect(throws: LeaseLost.self) { try attempt.checkLease() }
        told.add("lost")
        throw error
      }
    }

    @Test func aLostLeaseIsToldToTheJob() async throws {
      try await Engine.with { engine in
        let (journal, told) = (Journal(), Tally<String>())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          guard attempt.epoch == 1 else { return .done }
          try await untilLost(attempt, telling: told)
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          let run = try await engine.enqueue(Errand())
          try await eventually("it is begun") { journal.count == 1 }
          try await engine.handOver(run, to: "another")
          _ = try await engine.redis("ZADD", "leases", Int.max >> 12, "\(run)")
          try await eventually("the job is told") { told.total == 1 }
          try await engine.until(run, stands: "ready")
          // The end of an attempt does not take away the lease that another holds: the run waits for that to run out.
          #expect(try await engine.holder(of: run) == "another")
          _ = try await engine.redis("ZADD", "leases", 0, "\(run)")
          try await engine.until(run, stands: "done")
          #expect(journal.entries.map(\.epoch) == [1, 2])
          #expect(
            try await engine.row(run)
              == RunRow(state: "done", epoch: 2, attempts: 0, crashes: 0, worker: nil, error: nil))
        }
      }
    }

    /// A worker that cannot reach Redis does not know whether it still holds anything.
    @Test func aLeaseThatCannotBeExtendedRunsOut() async throws {
      try await Engine.with { engine in
        let (journal, told) = (Journal(), Tally<String>())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          guard attempt.epoch == 1 else { return .done }
          while (try? attempt.checkLease()) != nil { try await Task.sleep(for: .milliseconds(10)) }
          told.add("lost")
          throw LeaseLost()
        }
        let worker = RunningWorker(engine, registry: registry) {
          $0.lease = .seconds(2)
          $0.heartbeat = .seconds(3_600)
        }
        try await engine.with(worker) {
          let run = try await engine.enqueue(Errand())
          try await engine.until(run, stands: "done")
          #expect(journal.entries.map(\.epoch) == [1, 2])
          try await eventually("the first attempt is told") { told.total == 1 }
        }
      }
    }
  }
}
