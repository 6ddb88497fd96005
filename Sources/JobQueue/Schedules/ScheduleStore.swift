import Almanac
public import Foundation
public import Identifiers
public import Postgres

/// The SQL of schedules.
public struct ScheduleStore: Sendable {
  let pool: PostgresPool

  /// Works with the application's login, across brands.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// Makes or edits a schedule in the caller's own transaction, which acts as the tenant. Runs of it that have not begun
  /// are ended, so that no old time is left; those of instants that have passed and wait for their place in the spread are
  /// among them. Returns the next instant; nil when the rule has none to come.
  @discardableResult
  public static func set(
    _ schedule: NewSchedule, of tenant: ID<Tenant>, from now: Date = .now, in session: some PostgresSession
  ) async throws -> Date? {
    let next = schedule.rule.occurrences(in: now..<Date.distantFuture, zone: schedule.zone).first { _ in true }
    let (run, place) = (schedule.run, schedule.run.place)
    let rule = String(decoding: try JSONEncoder.payload.encode(schedule.rule), as: UTF8.self)
    try await session.query(
      """
      select ops.set_schedule(
        \(ID<NewSchedule>()), \(schedule.name), \(run.kind), \(place.lane.name), \(place.runClass.rawValue),
        \(place.source), \(place.gate), \(run.payload)::text::jsonb, \(rule)::text::jsonb, \(schedule.zone.identifier),
        \(schedule.missed.word), \(schedule.missed.most)::integer, \(schedule.grace) * interval '1 second',
        \(schedule.phase(of: "\(tenant)")) * interval '1 second', \(next?.planned.instant))
      """)
    return next?.planned.instant
  }

  /// Takes a schedule away, with its runs that have not begun. False when there is none.
  @discardableResult
  public static func remove(_ name: String, in session: some PostgresSession) async throws -> Bool {
    try await session.query("select ops.remove_schedule(\(name)) as removed").first?.value("removed") ?? false
  }

  /// A schedule that is due.
  struct Due: Sendable {
    let id: UUID
    let version: Int
    let due: Date
    let now: Date
    let rule: Recurrence
    let zone: Zone
    let missed: MissedRuns
    let grace: TimeInterval
  }

  /// What a look at the schedules found, by the database's clock.
  struct Look: Sendable {
    var schedules: [Due] = []
    /// Due, but this process cannot read them: a newer one may have written them, or a zone is missing here.
    var unreadable: [(id: UUID, error: any Error)] = []
    /// How long until the next one is due; nil when none waits.
    var wait: TimeInterval?
  }

  /// Schedules that are due, but for some, and when the next one is.
  func due(limit: Int, butFor resting: [UUID] = []) async throws -> Look {
    let rows = try await pool.read(
      """
      select id, version, next_at, clock_timestamp() as now, rule, zone, missed, missed_most,
        extract(epoch from grace)::float8 as grace
      from ops.schedules
      where state = 'active' and next_at is not null and id <> all(\(resting)) and (select ops.is_open())
      order by next_at limit \(limit)
      """)
    return try rows.reduce(into: Look()) { look, row in
      let (id, due, now) = (
        try row.value("id", as: UUID.self), try row.value("next_at", as: Date.self), try row.value("now", as: Date.self)
      )
      guard due <= now else {
        look.wait = look.wait ?? due.timeIntervalSince(now)
        return
      }
      do { look.schedules.append(try Due(row)) } catch { look.unreadable.append((id, error)) }
    }
  }

  /// Fires occurrences and advances the schedule, unless somebody else has, or it was edited or paused meanwhile: then
  /// nothing is done. An instant that was fired once is not fired again. Returns the runs.
  func fire(_ schedule: Due, _ occurrences: DueOccurrences) async throws -> [Run] {
    let fired = occurrences.fired
    return try await pool.transaction { transaction in
      try await transaction.query(
        """
        with moved as (
          update ops.schedules set next_at = \(occurrences.next)
          where id = \(schedule.id) and version = \(schedule.version)::integer and state = 'active'
            and next_at = \(schedule.due) and (select ops.is_open())
          returning *
        ), planned as (
          insert into ops.occurrences as o (schedule_id, planned_at, wall, run_id)
          select m.id, p.planned_at, p.wall, p.run_id
          from moved m, unnest(\(fired.map(\.instant)), \(fired.map(\.wall)), \(fired.map { _ in ID<Run>() }))
            as p (planned_at, wall, run_id)
          on conflict do nothing returning o.planned_at, o.run_id
        ), added as (
          insert into ops.runs as r (
            id, brand_id, kind, lane, class, source, gate, payload, due_at, schedule_id)
          select p.run_id, m.brand_id, m.kind, m.lane, m.class, m.source, m.gate,
            m.payload || jsonb_build_object('planned_at', to_char(
              p.planned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
            p.planned_at + m.phase, m.id
          from planned p, moved m
          returning \(RunStore.runColumns(of: "r"))
        )
        select * from added order by id
        """
      ).map(Run.init)
    }
  }
}

extension ScheduleStore.Due {
  init(_ row: PostgresRow) throws {
    let word: String = try row.value("missed")
    self.init(
      id: try row.value("id"), version: try row.value("version"), due: try row.value("next_at"),
      now: try row.value("now"), rule: try row.value("rule", as: JSON.self).decode(Recurrence.self),
      zone: try Zone(row.value("zone")),
      missed: MissedRuns(word: word, most: try row.value("missed_most")) ?? .skip, grace: try row.value("grace"))
  }
}
