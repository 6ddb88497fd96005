import Foundation
import Identifiers
import JobQueue
import Postgres
import Sheets
import Tenancy

extension ImportWorker {
  /// Each batch is committed together with the row at which it ends.
  func run<Kind: ImportKind>(_ imported: Import, of brand: Brand, as kind: Kind.Type, in attempt: Attempt) async throws
  {
    let file = ImportFile(id: imported.id, key: try tenancy.key(of: brand))
    let reader = tenancy.reader(of: brand, .long)
    while true {
      let (position, rows) = try await next(file, of: Kind.Reader.Row.self, from: reader)
      guard let last = rows.last else { break }
      let reserved = try await Kind.reserve(rows, for: brand, tenancy)
      let done = try await tenancy.transaction(of: brand) { transaction in
        try await attempt.requireEpoch(in: transaction)
        let outcomes = try await Kind(tenancy, transaction)
          .take(rows, reserved: reserved, after: TakenRows(id: imported.id, thing: imported.subject.thing))
        return try await transaction.write(outcomes, of: imported, from: position, to: last.row)
      }
      try await attempt.report(done, of: imported.expected)
    }
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      try await transaction.query(
        """
        update imports set state = 'done', ended_at = now(), version = version + 1
        where id = \(imported.id) and state = 'running'
        """)
    }
  }

  private func next<Row: ImportedRow>(
    _ file: ImportFile, of type: Row.Type, from session: some BrandSession
  ) async throws -> (position: Int, rows: [Row]) {
    let found = try await session.query(
      """
      select i.position, r.row, r.row_values, r.sealed_secret
      from imports i left join lateral (
        select r.* from import_rows r
        where r.import_id = i.id and r.row > i.position and r.row_values is not null
          and (i.selection <> 'chosen' or r.row = any(i.chosen))
        order by r.row limit \(Self.batch)::integer
      ) r on true
      where i.id = \(file.id) order by r.row
      """)
    guard let first = found.first else { throw NotFound() }
    let decoder = JSONDecoder()
    let rows: [Row] = try found.compactMap { found in
      guard let values: JSON = try found.value("row_values") else { return nil }
      let row: Row = try values.decode(with: decoder)
      guard let sealed: Data = try found.value("sealed_secret") else { return row }
      return row.with(secret: try file.openSecret(sealed, ofRow: row.row))
    }
    return (try first.value("position"), rows)
  }
}

/// What earlier batches of a run spoke of.
private struct TakenRows: EarlierRows {
  let id: ID<Import>
  let thing: String

  func touched<Thing>(among ids: [ID<Thing>], in transaction: BrandTransaction) async throws -> Set<ID<Thing>> {
    let rows = try await transaction.query(
      """
      select c.subject_id from unnest(\(ids)) as wanted (id)
      join import_changes c on c.import_id = \(id) and c.thing = \(thing) and c.subject_id = wanted.id
      """)
    return Set(try rows.map { try $0.value("subject_id") })
  }
}

extension Import.Subject {
  /// What one row of it is called where changes are kept.
  var thing: String { String(rawValue.dropLast()) }
}

extension BrandTransaction {
  /// Writes what a batch has done, and how far the run is. Returns how many rows are done.
  fileprivate func write(
    _ outcomes: [RowOutcome], of imported: Import, from position: Int, to last: Int
  ) async throws -> Int {
    let counts = Import.Counts(outcomes)
    let moved = try await query(
      """
      update imports set position = \(last)::integer, processed = processed + \(outcomes.count)::integer,
        created = created + \(counts.created)::integer, updated = updated + \(counts.updated)::integer,
        unchanged = unchanged + \(counts.unchanged)::integer, refused = refused + \(counts.refused)::integer
      where id = \(imported.id) and state = 'running' and position = \(position)::integer
      returning processed
      """)
    // The epoch keeps an attempt that was overtaken out; this would catch it once more.
    guard let done: Int = try moved.first?.value("processed") else { throw LeaseLost() }
    let kept = outcomes.filter { $0.kind != .refused && $0.subject != nil }
    try await query(
      """
      insert into import_changes (import_id, thing, subject_id, row, kind, version, before, places)
      select \(imported.id), \(imported.subject.thing), c.subject_id, c.row, c.kind, c.version, c.before::jsonb,
        c.places::jsonb
      from unnest(\(kept.compactMap(\.subject)), \(kept.map(\.row)), \(kept.map(\.kind.rawValue)), \(kept.map(\.version)),
        \(kept.map { $0.before?.text }), \(kept.map { $0.places?.text }))
        as c (subject_id, row, kind, version, before, places)
      """)
    let channels = outcomes.compactMap { outcome in outcome.newChannel.map { ($0, outcome.row) } }
    if !channels.isEmpty {
      try await query(
        """
        insert into import_changes (import_id, thing, subject_id, row, kind, version)
        select \(imported.id), 'channel', c.id, c.row, 'created', 1
        from unnest(\(channels.map(\.0)), \(channels.map(\.1))) as c (id, row)
        """)
    }
    let refused = outcomes.filter { $0.kind == .refused }
    if !refused.isEmpty {
      let problems = try refused.map { String(decoding: try JSONEncoder().encode($0.problems), as: UTF8.self) }
      try await query(
        """
        update import_rows r set outcome = 'refused', problems = p.problems::jsonb
        from unnest(\(refused.map(\.row)), \(problems)) as p (row, problems)
        where r.import_id = \(imported.id) and r.row = p.row
        """)
    }
    return done
  }
}
