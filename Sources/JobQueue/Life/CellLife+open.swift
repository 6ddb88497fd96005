import Almanac
public import Foundation
import Identifiers
import Postgres

/// What an opening did to the cell's own tables.
public struct CellOpeningCounts: Sendable, Hashable, Codable {
  /// Runs that had not succeeded: no attempt of the lost history can pass for one of theirs any more.
  public var runsFenced = 0
  /// Scheduled runs that may have been performed: put aside for a person.
  public var runsPutAside = 0
  /// Schedules whose occurrences of the lost time are left out.
  public var schedulesMovedOn = 0
  /// Those occurrences.
  public var occurrencesMissed = 0

  /// Nothing yet.
  public init() {}
}

/// The steps of an opening. Each is one transaction and may be repeated: an opening that was cut off is called again.
extension CellLife {
  /// Epochs go on so far ahead that no attempt of the lost history has one of them.
  private static let newEpochs = 1 << 20
  /// And so does the count of starts, which workers remember.
  private static let newBeats = 1 << 40

  /// Begins an opening, or goes on with the one that is under way, whose span then stands.
  ///
  /// - Parameters:
  ///   - proven: up to when nothing is forgotten; without it, the newest trace of work is taken.
  ///   - lost: up to when others may have worked on a lost history; without it, now.
  public func beginOpening(provenUntil proven: Date?, lostUntil lost: Date?) async throws -> CellOpeningSpan {
    try await pool.transaction { transaction in
      // Whoever works still was let in before; from here on nobody is.
      try await transaction.query(
        """
        update ops.life set closed_at = coalesce(closed_at, clock_timestamp()),
          closed_because = coalesce(closed_because, case when ops.is_open() then 'person' else 'other_timeline' end)
        """)
      let newest: SQL =
        """
        (select max(at) from (
          select max(greatest(started_at, ended_at, created_at)) as at from ops.runs
          union all select max(at) from ops.audit union all select opened_at from ops.life) trace)
        """
      let rows = try await transaction.query(
        """
        update ops.life set
          proven_until = case when opening_at is null then coalesce(\(proven), \(newest)) else proven_until end,
          lost_until = case when opening_at is null then coalesce(\(lost), clock_timestamp()) else lost_until end,
          opening_at = coalesce(opening_at, clock_timestamp())
        returning opening_at, proven_until, lost_until
        """)
      guard let row = rows.first, let span = try CellOpeningSpan(row) else { throw RunStoreError.noLife }
      return span
    }
  }

  /// Raises the epochs of all runs that can be started again, and puts aside scheduled ones that may have been performed.
  public func fenceRuns(_ span: CellOpeningSpan) async throws -> (fenced: Int, putAside: Int) {
    try await pool.transaction { transaction in
      let fenced = try await transaction.query(
        """
        update ops.runs set epoch = epoch + \(Self.newEpochs)::integer, worker = null,
          state = case when state = 'running' then 'ready' else state end, swept = false
        where state <> 'done'
        """)
      guard span.hasLoss else { return (fenced.affected, 0) }
      let aside = try await transaction.query(
        """
        update ops.runs set state = 'quarantined', ended_at = clock_timestamp(),
          error = 'database_restored: it may have been performed in the history that is lost'
        where schedule_id is not null and state = 'ready' and due_at <= \(span.lostUntil)
        """)
      return (fenced.affected, aside.affected)
    }
  }

  /// Moves schedules on to their first occurrence after the lost time.
  public func skipOccurrences(_ span: CellOpeningSpan) async throws -> (schedules: Int, occurrences: Int) {
    guard span.hasLoss else { return (0, 0) }
    return try await pool.transaction { transaction in
      let rows = try await transaction.query(
        """
        select id, next_at, rule, zone from ops.schedules
        where state = 'active' and next_at <= \(span.lostUntil) order by id for update
        """)
      var missed = 0
      for row in rows {
        let (id, due) = (try row.value("id", as: UUID.self), try row.value("next_at", as: Date.self))
        let (rule, zone) = (
          try row.value("rule", as: JSON.self).decode(Recurrence.self), try Zone(row.value("zone", as: String.self))
        )
        // A rule of every minute that lay for years is counted no further than this.
        let occurrences = rule.occurrences(in: due..<Date.distantFuture, zone: zone).lazy.map(\.planned.instant)
        missed += occurrences.prefix(100_000).prefix { $0 <= span.lostUntil }.count
        let next = rule.occurrences(in: span.lostUntil..<Date.distantFuture, zone: zone)
          .first { $0.planned.instant > span.lostUntil }
        try await transaction.query("update ops.schedules set next_at = \(next?.planned.instant) where id = \(id)")
      }
      return (rows.count, missed)
    }
  }

  /// Opens the cell on the Postgres that it is on, and lets the index be built anew.
  ///
  /// - Parameter beat: how far anybody saw the starts count.
  public func finishOpening(_ span: CellOpeningSpan, after beat: Int, by who: String, detail: some Encodable)
    async throws
  {
    let detail = String(decoding: try JSONEncoder.payload.encode(detail), as: UTF8.self)
    try await pool.transaction { transaction in
      try await transaction.query([
        "select setval('ops.beats', greatest((select last_value from ops.beats), \(beat)) + \(Self.newBeats))",
        "update ops.generation set id = gen_random_uuid(), ticks = 0",
        """
        insert into ops.audit (by_whom, act, subject, detail)
        values (\(who), 'open cell', 'cell', \(detail)::text::jsonb || jsonb_build_object(
          'proven_until', \(span.provenUntil), 'lost_until', \(span.lostUntil)))
        """,
        """
        update ops.life set timeline = ops.timeline(), server = ops.server(), closed_at = null, closed_because = null,
          opening_at = null, proven_until = \(span.provenUntil), lost_until = \(span.lostUntil),
          opened_at = clock_timestamp(), opened_by = \(who)
        """,
      ])
    }
  }
}
