import Foundation
import Identifiers
import JobQueue
import Logging
import Postgres
import Testing
import TestSupport

@testable import JobQueue

@Suite struct AlarmClockTests {
  /// Tenants with an alarm each; the queue knows no more of a tenant than its id.
  private func tenants(_ count: Int, _ engine: Engine, dueIn seconds: Double) async throws -> [ID<Tenant>] {
    let tenants = (0..<count).map { _ in ID<Tenant>() }
    for tenant in tenants {
      try await engine.asOwner("insert into ops.tenants (role_name, brand_id) values (\("\(tenant)"), \(tenant))")
      try await engine.asOwner(
        "insert into ops.alarms values (\(tenant), clock_timestamp() + make_interval(secs => \(seconds)))")
    }
    return tenants
  }

  private func turnOff(_ tenant: ID<Tenant>, _ engine: Engine) async throws {
    try await engine.asOwner("delete from ops.alarms where brand_id = \(tenant)")
  }

  private func with(
    _ engine: Engine, logger: Logger = .quiet, ring: @escaping @Sendable (ID<Tenant>) async throws -> Void,
    body: () async throws -> Void
  ) async throws {
    let clock = AlarmClock(pool: engine.deployment.pool, ring: ring, logger: logger)
    let running = Task { await clock.run() }
    defer { running.cancel() }
    try await body()
  }

  @Test func ringsForThoseWhoAreDueAndForNobodyElse() async throws {
    try await Engine.with(brands: 0) { engine in
      let rung = Tally<ID<Tenant>>()
      let due = try await tenants(20, engine, dueIn: -10)
      let later = try await tenants(3, engine, dueIn: 3_600)
      try await with(engine) { tenant in
        rung.add(tenant)
        try await turnOff(tenant, engine)
      } body: {
        try await eventually("all are rung for") { rung.counts.count == due.count }
        // Once more around: who comes next is rung for, and still nobody who is not due.
        let next = try await tenants(1, engine, dueIn: 0)
        try await eventually("the next one is rung for") { rung.counts[next[0]] == 1 }
        #expect(rung.counts == Dictionary(uniqueKeysWithValues: (due + next).map { ($0, 1) }))
        #expect(later.allSatisfy { rung.counts[$0] == nil })
      }
    }
  }

  @Test func ringsWhenTheInstantComes() async throws {
    try await Engine.with(brands: 0) { engine in
      let rung = Tally<Date>()
      let due = Date(timeIntervalSinceNow: 1.2)
      try await with(engine) { tenant in
        rung.add(Date())
        try await turnOff(tenant, engine)
      } body: {
        _ = try await tenants(1, engine, dueIn: due.timeIntervalSinceNow)
        try await eventually("it is rung for") { rung.total > 0 }
        #expect(rung.counts.keys.allSatisfy { $0 >= due })
      }
    }
  }

  @Test func ringsAgainAfterAnErrorAndServesTheOthersMeanwhile() async throws {
    try await Engine.with(brands: 0) { engine in
      let rung = Tally<ID<Tenant>>()
      let broken = try await tenants(1, engine, dueIn: -100)[0]
      let sound = try await tenants(12, engine, dueIn: -10)
      try await with(engine) { tenant in
        if rung.add(tenant) < 3, tenant == broken { throw Hiccup() }
        try await turnOff(tenant, engine)
      } body: {
        try await eventually("all are served") {
          try await engine.asOwner("select 1 from ops.alarms").isEmpty
        }
        #expect(rung.counts[broken] == 3)
        #expect(sound.allSatisfy { rung.counts[$0] == 1 })
      }
    }
  }

  /// However many cannot be served, and for how long, the others are.
  @Test func manyBrokenTenantsDoNotStandInTheWay() async throws {
    try await Engine.with(brands: 0) { engine in
      let rung = Tally<ID<Tenant>>()
      let broken = Set(try await tenants(130, engine, dueIn: -100))
      let sound = try await tenants(1, engine, dueIn: -10)[0]
      try await with(engine) { tenant in
        rung.add(tenant)
        if broken.contains(tenant) { throw Hiccup() }
        try await turnOff(tenant, engine)
      } body: {
        try await eventually("the sound one is served") { rung.counts[sound] == 1 }
      }
    }
  }

  /// Every worker has a clock. Who rings takes the alarm under a lock, so that each instant is served once.
  @Test func twoClocksServeEachInstantOnce() async throws {
    try await Engine.with(brands: 0) { engine in
      try await engine.asOwner("create table ops.served (tenant uuid, due_at timestamptz)")
      let tenants = try await tenants(5, engine, dueIn: -100)
      let clocks = Tally<Int>()
      @Sendable func ring(_ tenant: ID<Tenant>, by clock: Int) async throws {
        clocks.add(clock)
        // Neither goes on alone.
        while clocks.counts.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        try await serve(tenant, engine)
      }
      try await with(engine) {
        try await ring($0, by: 1)
      } body: {
        try await with(engine) {
          try await ring($0, by: 2)
        } body: {
          try await eventually("nobody is due") {
            try await engine.asOwner("select 1 from ops.alarms where due_at <= now()").isEmpty
          }
        }
      }
      let served = try await engine.asOwner(
        "select tenant, count(*), count(distinct due_at) from ops.served group by tenant"
      ).map { try $0.decode(ID<Tenant>.self, Int.self, Int.self) }
      #expect(Set(served.map(\.0)) == Set(tenants))
      for (_, times, instants) in served {
        #expect(times == instants)
        #expect(times >= 10)
      }
    }
  }

  private func serve(_ tenant: ID<Tenant>, _ engine: Engine) async throws {
    try await engine.deployment.owner.transaction { transaction in
      let locked = try await transaction.query(
        "select due_at from ops.alarms where brand_id = \(tenant) and due_at <= now() for update skip locked")
      guard !locked.isEmpty else { return }
      try await transaction.query([
        "insert into ops.served select brand_id, due_at from ops.alarms where brand_id = \(tenant)",
        "update ops.alarms set due_at = due_at + interval '10 seconds' where brand_id = \(tenant)",
      ])
    }
  }

  @Test func goesOnWhenTheAlarmsCouldNotBeRead() async throws {
    try await Engine.with(brands: 0) { engine in
      let (rung, log) = (Tally<ID<Tenant>>(), LogTally())
      try await engine.asOwner("alter table ops.alarms rename to alarms_away")
      try await with(engine, logger: log.logger) { tenant in
        rung.add(tenant)
        try await turnOff(tenant, engine)
      } body: {
        try await eventually("it has failed") { log.messages.counts["alarms not read"] ?? 0 > 0 }
        try await engine.asOwner("alter table ops.alarms_away rename to alarms")
        let tenant = try await tenants(1, engine, dueIn: -1)[0]
        try await eventually("it is rung for") { rung.counts[tenant] == 1 }
      }
    }
  }
}
