import Foundation
import Identifiers
import JobQueue
import Postgres
import Sheets
import Tenancy

extension ImportWorker {
  /// Nothing of the brand's is touched: a check that was cut off begins anew.
  func check<Kind: ImportKind>(
    _ imported: Import, of brand: Brand, as kind: Kind.Type, in attempt: Attempt
  ) async throws {
    let key = try tenancy.key(of: brand)
    let file = ImportFile(id: imported.id, key: key)
    let reader = tenancy.reader(of: brand, .long)
    let scan = try await ImportStore(reader).scan(of: imported.id, key: key)
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      try await transaction.query([
        "delete from import_rows where import_id = \(imported.id)",
        """
        update imports set processed = 0, created = 0, updated = 0, unchanged = 0, refused = 0 where id = \(imported.id)
        """,
      ])
    }
    let document = try SheetDocument(try await file.read(imported.bytes, from: reader))
    let positions = imported.columns.compactMap { name, position in
      Kind.Reader.Field(rawValue: name).map { ($0, position) }
    }
    let columns = try SheetColumns(Dictionary(positions) { first, _ in first }, of: scan.header)
    var table = try SheetTable(document, scan, columns)
    var rows = Kind.Reader()
    while let batch = try CheckedBatch<Kind>(&table, &rows) {
      let done = try await tenancy.transaction(of: brand) { transaction in
        try await attempt.requireEpoch(in: transaction)
        let outcomes = try await Kind(tenancy, transaction)
          .take(batch.rows, reserved: nil, after: CheckedRows(id: imported.id))
        return try await transaction.write(batch, outcomes, in: file)
      }
      try await attempt.report(done, of: imported.total)
    }
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      try await transaction.query(
        """
        update imports set state = 'checked', ended_at = now(), version = version + 1
        where id = \(imported.id)
        """)
    }
  }
}

/// What earlier batches of a check spoke of.
private struct CheckedRows: EarlierRows {
  let id: ID<Import>

  func touched<Thing>(among ids: [ID<Thing>], in transaction: BrandTransaction) async throws -> Set<ID<Thing>> {
    let rows = try await transaction.query(
      """
      select r.subject_id from unnest(\(ids)) as wanted (id)
      join import_rows r on r.import_id = \(id) and r.subject_id = wanted.id
      """)
    return Set(try rows.map { try $0.value("subject_id") })
  }
}

/// Some rows of a sheet, and what is wrong with those that cannot be understood.
private struct CheckedBatch<Kind: ImportKind> {
  private(set) var rows: [Kind.Reader.Row] = []
  private(set) var problems: [(row: Int, problems: [ImportProblem])] = []

  var count: Int { rows.count + problems.count }

  /// Nil at the end of the sheet.
  init?(_ table: inout SheetTable<Kind.Reader.Field>, _ reader: inout Kind.Reader) throws {
    while count < ImportWorker.batch, var cells = try table.next() {
      let row = reader.read(&cells)
      if let row, cells.problems.isEmpty {
        rows.append(row)
      } else {
        problems.append((cells.row, cells.problems.map(ImportProblem.init)))
      }
    }
    if count == 0 { return nil }
  }
}

extension BrandTransaction {
  /// Writes what a batch comes to, and how far the check is. Returns how many rows are done.
  fileprivate func write<Kind: ImportKind>(
    _ batch: CheckedBatch<Kind>, _ outcomes: [RowOutcome], in file: ImportFile
  ) async throws -> Int {
    let encoder = JSONEncoder()
    let refused = batch.problems.map { RowOutcome.refused($0.row, $0.problems) }
    let values: [String?] = try zip(batch.rows, outcomes).map { row, outcome in
      outcome.kind == .refused ? nil : String(decoding: try encoder.encode(row), as: UTF8.self)
    }
    let secrets: [Data?] = try zip(batch.rows, outcomes).map { row, outcome in
      outcome.kind == .refused ? nil : try row.secret.map { try file.seal($0, ofRow: row.row) }
    }
    let all = outcomes + refused
    let none = refused.map { _ in nil as String? }
    let problems: [String?] = try all.map { outcome in
      outcome.problems.isEmpty ? nil : String(decoding: try encoder.encode(outcome.problems), as: UTF8.self)
    }
    // What a row would make has no id before it is made.
    let subjects = all.map { $0.kind == .created ? nil : $0.subject }
    try await query(
      """
      insert into import_rows (import_id, row, outcome, row_values, sealed_secret, subject_id, problems)
      select \(file.id), r.row, r.outcome, r.row_values::jsonb, r.sealed_secret, r.subject_id, r.problems::jsonb
      from unnest(\(all.map(\.row)), \(all.map(\.kind.rawValue)), \(values + none),
        \(secrets + refused.map { _ in nil }), \(subjects), \(problems))
        as r (row, outcome, row_values, sealed_secret, subject_id, problems)
      """)
    let counts = Import.Counts(all)
    let counted = try await query(
      """
      update imports set processed = processed + \(all.count)::integer, created = created + \(counts.created)::integer,
        updated = updated + \(counts.updated)::integer, unchanged = unchanged + \(counts.unchanged)::integer,
        refused = refused + \(counts.refused)::integer
      where id = \(file.id) returning processed
      """)
    return try counted.first?.value("processed") ?? 0
  }
}

extension Import.Counts {
  init(_ outcomes: [RowOutcome]) {
    for outcome in outcomes {
      switch outcome.kind {
      case .created: created += 1
      case .updated: updated += 1
      case .unchanged: unchanged += 1
      case .refused: refused += 1
      }
    }
  }
}
