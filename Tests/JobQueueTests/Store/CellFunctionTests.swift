import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import JobQueue

/// The functions of `ops` through which brands reach the queue.
@Suite struct CellFunctionTests {
  private func acting<Value: Sendable>(
    _ brand: Int, _ engine: Engine, _ body: @Sendable (BrandTransaction) async throws -> Value
  ) async throws -> Value {
    try await engine.deployment.tenancy.transaction(of: engine.brands[brand]) { try await body($0) }
  }

  @Test func theEpochIsRequiredOfTheStandingAttempt() async throws {
    try await Engine.with(brands: 2) { engine in
      let run = try await engine.enqueue(Errand(), pushing: false)
      func isRefused(_ epoch: Int, to brand: Int = 0) async throws -> Bool {
        do {
          try await acting(brand, engine) {
            _ = try await $0.query("select ops.require_epoch(\(run), \(epoch)::integer)")
          }
          return false
        } catch let error as PostgresError {
          #expect(error.sqlState == "NQ001")
          return true
        }
      }
      #expect(try await isRefused(0))
      _ = try await engine.store.start([run], worker: "worker").started
      #expect(try await !isRefused(1))
      #expect(try await isRefused(1, to: 1))
      let again = try await engine.store.start([run], worker: "worker").started
      #expect(try await isRefused(1))
      #expect(try await !isRefused(2))
      try await engine.store.finish(again.map { .done($0) })
      #expect(try await isRefused(2))
    }
  }

  @Test func anAlarmIsBroughtForwardOrSet() async throws {
    try await Engine.with(brands: 2) { engine in
      func alarm() async throws -> [Double] {
        try await engine.deployment.pool.read(
          "select extract(epoch from due_at)::float8 from ops.alarms where brand_id = \(engine.tenant())"
        ).map { try $0.decode(Double.self) }
      }
      func call(_ sql: SQL) async throws { try await acting(0, engine) { _ = try await $0.query(sql) } }
      try await call("select ops.wake_at(to_timestamp(2000))")
      #expect(try await alarm() == [2_000])
      try await call("select ops.wake_at(to_timestamp(3000))")
      #expect(try await alarm() == [2_000])
      try await call("select ops.wake_at(to_timestamp(1000))")
      #expect(try await alarm() == [1_000])
      try await call("select ops.set_alarm(to_timestamp(5000))")
      #expect(try await alarm() == [5_000])
      try await acting(1, engine) { _ = try await $0.query("select ops.set_alarm(null)") }
      #expect(try await alarm() == [5_000])
      try await call("select ops.set_alarm(null)")
      #expect(try await alarm() == [])
    }
  }

  @Test func oneAtATimeFiresForABrand() async throws {
    try await Engine.with { engine in
      @Sendable func lock(_ transaction: BrandTransaction) async throws -> Bool? {
        try await transaction.query("select ops.lock_alarm() as locked").first?.value("locked")
      }
      try await acting(0, engine) { _ = try await $0.query("select ops.wake_at(now())") }
      try await acting(0, engine) { first in
        let mine = try await lock(first)
        let others = try await acting(0, engine) { try await lock($0) }
        #expect((mine, others) == (true, false))
      }
      let after = try await acting(0, engine) { try await lock($0) }
      #expect(after == true)
    }
  }
}
