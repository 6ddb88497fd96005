import Foundation
public import Identifiers
public import JobQueue
import Postgres
import Sheets
public import Tenancy

/// How a person matches columns of a sheet.
public struct ImportMappingDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case columns, sheet
  }

  /// Which column holds which field, counted from 1.
  var columns: [String: Int]
  /// The sheet of a workbook; the first one when nil.
  var sheet: String?

  /// A mapping.
  public init(columns: [String: Int], sheet: String? = nil) {
    self.columns = columns
    self.sheet = sheet
  }
}

/// What people order of an import: how its columns match, that it is checked, run, undone.
public struct ImportOrders: Sendable {
  private let transaction: BrandTransaction
  private let key: BrandKey
  private let index: RunIndex

  /// Works in the given transaction.
  public init(_ transaction: BrandTransaction, key: BrandKey, index: RunIndex) {
    self.transaction = transaction
    self.key = key
    self.index = index
  }

  /// Matches columns and remembers it for the next file with this header. What a check found before counts no more.
  ///
  /// - Throws: `NotFound`, `EditConflict`, `WrongState`, `InvalidInput`, `SheetError`.
  public func map(_ id: ID<Import>, _ draft: ImportMappingDraft, ifVersion version: Int?) async throws {
    let imported = try await locked(id, [.uploaded, .checked, .failed])
    if let version, version != imported.version { throw EditConflict(current: imported.version) }
    if imported.failedStep == .run { throw WrongState(state: "failed") }
    let file = ImportFile(id: id, key: key)
    var scan = try await ImportStore(transaction).scan(of: id, key: key)
    if let sheet = draft.sheet, sheet != scan.sheet {
      let document = try SheetDocument(try await file.read(imported.bytes, from: transaction))
      scan = try SheetScan(
        document, sheet: sheet, preview: ImportUpload.previewed, knowing: imported.subject.knows)
    }
    let columns = try imported.subject.columns(draft.columns, of: scan.header)
    try await ImportMappings(transaction).remember(columns, for: scan.header, of: imported.subject)
    try await transaction.query(
      """
      update imports set columns = \(JSON(encoding: columns)), sealed_scan = \(try file.seal(scan)),
        fingerprint = \(ImportMappings.fingerprint(of: scan.header)), total = \(scan.rows)::integer,
        state = 'uploaded', failed_step = null, failure = null, created = 0, updated = 0, unchanged = 0, refused = 0,
        version = version + 1
      where id = \(id)
      """)
  }

  /// Orders a check. One that goes on already is left alone.
  public func check(_ id: ID<Import>) async throws {
    let imported = try await locked(id, [.uploaded, .checking, .checked, .failed])
    if imported.state == .checking { return }
    if imported.failedStep == .run || imported.failedStep == .undo { throw WrongState(state: "failed") }
    let scan = try await ImportStore(transaction).scan(of: id, key: key)
    _ = try imported.subject.columns(imported.columns.mapValues { $0 + 1 }, of: scan.header)
    try await transaction.query(
      """
      update imports set state = 'checking', failed_step = null, failure = null, processed = 0, position = 0,
        expected = total, created = 0, updated = 0, unchanged = 0, refused = 0, ended_at = null, version = version + 1
      where id = \(id)
      """)
    try await transaction.enqueue([try NewRun(CheckImport(imported: id))], telling: index)
  }

  /// Orders that rows are taken. Where a run failed, it goes on with the rows that it was given.
  ///
  /// - Throws: also `InvalidInput` where all rows are wanted and some are not sound, or one that was chosen is not.
  public func run(_ id: ID<Import>, _ selection: ImportSelection, by who: String) async throws {
    let imported = try await locked(id, [.checked, .running, .failed])
    if imported.state == .running { return }
    if imported.state == .failed {
      guard imported.failedStep == .run else { throw WrongState(state: "failed") }
      try await transaction.query(
        """
        update imports set state = 'running', failed_step = null, failure = null, version = version + 1 where id = \(id)
        """)
    } else {
      let (word, rows, count) = try await selected(imported, selection)
      try await transaction.query(
        """
        update imports set state = 'running', selection = \(word), chosen = \(rows)::integer[], processed = 0, position = 0,
          expected = \(count)::integer, created = 0, updated = 0, unchanged = 0,
          refused = case when \(word) = 'chosen' then 0 else refused end, ended_at = null, version = version + 1
        where id = \(id)
        """)
    }
    try await note("import.run", imported, by: who)
    try await transaction.enqueue([try NewRun(RunImport(imported: id))], telling: index)
  }

  /// Orders that what the import made is taken back, as far as nobody has edited or used it since.
  public func undo(_ id: ID<Import>, by who: String) async throws {
    let imported = try await locked(id, [.done, .undoing, .failed], needsFile: false)
    if imported.state == .undoing { return }
    if imported.state == .failed, imported.failedStep == .check { throw WrongState(state: "failed") }
    try await transaction.query(
      """
      update imports set state = 'undoing', failed_step = null, failure = null, ended_at = null, version = version + 1,
        processed = undone + kept,
        expected = (select count(*) from import_changes where import_id = \(id) and kind <> 'unchanged')
      where id = \(id)
      """)
    try await note("import.undo", imported, by: who)
    try await transaction.enqueue([try NewRun(UndoImport(imported: id))], telling: index)
  }

  private func selected(
    _ imported: Import, _ selection: ImportSelection
  ) async throws -> (word: String, rows: [Int]?, count: Int) {
    let sound = imported.counts.created + imported.counts.updated + imported.counts.unchanged
    switch selection {
    case .all:
      guard imported.counts.refused == 0 else {
        throw InvalidInput("/rows", .unknownValue, limit: "valid", actual: "all")
      }
      return ("all", nil, sound)
    case .valid:
      return ("valid", nil, sound)
    case .chosen(let rows):
      let rows = Array(Set(rows)).sorted()
      guard !rows.isEmpty else { throw InvalidInput("/rows", .required) }
      let missing = try await transaction.query(
        """
        select min(n) as row from unnest(\(rows)) as n
        where not exists (
          select from import_rows r where r.import_id = \(imported.id) and r.row = n and r.outcome <> 'refused')
        """)
      if let row = try missing.first?.value("row", as: Int?.self) {
        throw InvalidInput("/rows", .unknownReference, actual: "\(row)")
      }
      return ("chosen", rows, rows.count)
    }
  }

  private func locked(_ id: ID<Import>, _ states: Set<Import.State>, needsFile: Bool = true) async throws -> Import {
    let rows = try await transaction.query("select \(ImportStore.columns) from imports where id = \(id) for update")
    guard let row = rows.first else { throw NotFound() }
    let imported = try Import(row)
    guard states.contains(imported.state) else { throw WrongState(state: imported.state.rawValue) }
    if needsFile, imported.forgottenAt != nil { throw WrongState(state: "forgotten") }
    return imported
  }

  private func note(_ act: String, _ imported: Import, by who: String) async throws {
    let detail = ["subject": imported.subject.rawValue, "file": imported.name]
    try await transaction.query(
      "select ops.note_act(\(who), \(act), \("import \(imported.id)"), \(JSON(encoding: detail)))")
  }
}

extension Import.Subject {
  /// Columns that a person chose, counted from 1, as they are kept, counted from 0.
  ///
  /// - Throws: `InvalidInput` with each field that is none and each column that the sheet does not have or that is chosen
  ///   twice; `SheetError.missingColumn`.
  func columns(_ chosen: [String: Int], of header: [String]) throws -> [String: Int] {
    func columns<Kind: ImportKind>(_ kind: Kind.Type) throws -> [String: Int] {
      var problems: [FieldProblem] = []
      var positions: [Kind.Reader.Field: Int] = [:]
      for (name, column) in chosen.sorted(by: { $0.key < $1.key }) {
        guard let field = Kind.Reader.Field(rawValue: name) else {
          let known = Kind.Reader.Field.allCases.map(\.rawValue).joined(separator: ", ")
          problems.append(FieldProblem("/columns/\(name)", .unknownField, limit: known))
          continue
        }
        if !(1...max(1, header.count)).contains(column) {
          problems.append(
            FieldProblem("/columns/\(name)", .outOfRange, limit: "1–\(header.count)", actual: "\(column)"))
        } else if positions.values.contains(column - 1) {
          problems.append(FieldProblem("/columns/\(name)", .taken, actual: "\(column)"))
        }
        positions[field] = column - 1
      }
      guard problems.isEmpty else { throw InvalidInput(problems) }
      _ = try SheetColumns(positions, of: header)
      return chosen.mapValues { $0 - 1 }
    }
    return try columns(kind)
  }
}
