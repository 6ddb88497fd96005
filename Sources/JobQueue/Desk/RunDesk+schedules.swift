import Almanac
public import Foundation
import Postgres

/// A schedule as a person sees it.
public struct ScheduleRecord: Sendable, Hashable {
  /// Its identifier.
  public let id: UUID
  /// Its name in the brand.
  public let name: String
  /// The kind of job.
  public let kind: String
  /// The zone of its wall times.
  public let zone: String
  /// Whether a person has stopped it.
  public let isPaused: Bool
  /// When it comes next; nil when the rule has nothing more.
  public let next: Date?
}

extension RunDesk {
  /// The schedules by name.
  public func schedules() async throws -> [ScheduleRecord] {
    try await store.long(
      """
      select id, name, kind, zone, state = 'paused' as paused, next_at from ops.schedules
      where \(mine) order by name, id limit 10000
      """
    ).map { row in
      ScheduleRecord(
        id: try row.value("id"), name: try row.value("name"), kind: try row.value("kind"), zone: try row.value("zone"),
        isPaused: try row.value("paused"), next: try row.value("next_at"))
    }
  }

  /// Stops a schedule, and ends its runs that have not begun. False when it stood already, or is not there.
  @discardableResult
  public func pauseSchedule(_ id: UUID) async throws -> Bool {
    try await store.pool.transaction { transaction in
      let paused = try await transaction.query(
        "update ops.schedules set state = 'paused' where id = \(id) and state = 'active' and \(mine)")
      guard paused.affected == 1 else { return false }
      try await transaction.query("select ops.end_unstarted(\(id))")
      try await audit("pause schedule", "\(id)", in: transaction)
      return true
    }
  }

  /// Lets a schedule go on with its next time from now; what lay in between does not come. False when it was not paused.
  @discardableResult
  public func resumeSchedule(_ id: UUID) async throws -> Bool {
    try await store.pool.transaction { transaction in
      let rows = try await transaction.query(
        """
        select rule, zone, clock_timestamp() as now from ops.schedules
        where id = \(id) and state = 'paused' and \(mine) for update
        """)
      guard let row = rows.first else { return false }
      let (rule, now) = (
        try row.value("rule", as: JSON.self).decode(Recurrence.self), try row.value("now", as: Date.self)
      )
      let next = rule.occurrences(in: now..<Date.distantFuture, zone: try Zone(row.value("zone"))).first { _ in true }
      try await transaction.query(
        "update ops.schedules set state = 'active', next_at = \(next?.planned.instant) where id = \(id)")
      try await audit("resume schedule", "\(id)", in: transaction)
      return true
    }
  }

  private var mine: SQL { tenant.map { "brand_id = \($0)" } ?? "true" }
}
