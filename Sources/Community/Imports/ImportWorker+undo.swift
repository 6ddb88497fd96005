import Identifiers
import JobQueue
import Postgres
import Tenancy

extension ImportWorker {
  /// The latest rows first. What refers to a thing that an import made keeps it from being taken back: where the database
  /// finds such a reference, the batch is made smaller until the thing stands alone.
  func undo<Kind: ImportKind>(_ imported: Import, of brand: Brand, as kind: Kind.Type, in attempt: Attempt) async throws
  {
    var size = Self.batch
    while true {
      let done: Int?
      do {
        done = try await batch(of: size, imported, brand, attempt) { try await Kind.undo(imported.id, in: $0) }
        size = min(size * 2, Self.batch)
      } catch let error as PostgresError where error.isForeignKeyViolation {
        if size == 1 {
          done = try await batch(of: 1, imported, brand, attempt) { transaction in
            try await transaction.query(
              "update import_changes set undo = 'in_use' where import_id = \(imported.id) and undo = 'undoing'")
          }
        } else {
          size = max(1, size / 8)
          continue
        }
      }
      guard let done else { break }
      try await attempt.report(done, of: imported.expected)
    }
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      try await transaction.query(
        """
        update imports set state = 'undone', ended_at = now(), version = version + 1
        where id = \(imported.id) and state = 'undoing'
        """)
    }
  }

  /// Returns how many changes are dealt with; nil when none was left.
  private func batch(
    of size: Int, _ imported: Import, _ brand: Brand, _ attempt: Attempt,
    _ undo: (BrandTransaction) async throws -> Void
  ) async throws -> Int? {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      // Channels come after groups, which refer to them.
      let marked = try await transaction.query(
        """
        update import_changes c set undo = 'undoing' from (
          select import_id, thing, subject_id from import_changes
          where import_id = \(imported.id) and undo is null and kind <> 'unchanged'
          order by thing desc, row desc limit \(size)::integer
        ) n
        where c.import_id = n.import_id and c.thing = n.thing and c.subject_id = n.subject_id
        """)
      guard marked.affected > 0 else { return nil }
      try await undo(transaction)
      let undone = try await transaction.query(
        "update import_changes set undo = 'undone' where import_id = \(imported.id) and undo = 'undoing'")
      let counted = try await transaction.query(
        """
        update imports set processed = processed + \(marked.affected)::integer,
          undone = undone + \(undone.affected)::integer,
          kept = kept + \(marked.affected - undone.affected)::integer
        where id = \(imported.id) returning processed
        """)
      return try counted.first?.value("processed")
    }
  }
}
