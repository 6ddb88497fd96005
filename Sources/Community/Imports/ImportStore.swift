import Foundation
public import Identifiers
import Postgres
public import Sheets
public import Tenancy

/// The sheets that were brought into a brand.
public struct ImportStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  static let columns: SQL = """
    id, subject, name, bytes, state, failed_step, failure, format, encoding, sheets, columns, total, processed, expected,
    created, updated, unchanged, refused, undone, kept, by_whom, version, created_at, ended_at, forgotten_at
    """

  /// One import. Throws `NotFound`.
  public func imported(_ id: ID<Import>) async throws -> Import {
    let rows = try await session.query("select \(Self.columns) from imports where id = \(id)")
    guard let row = rows.first else { throw NotFound() }
    return try Import(row)
  }

  /// The imports, the newest first.
  public func page(_ request: PageRequest, subject: Import.Subject? = nil) async throws -> Page<Import> {
    let rows = try await session.query(
      """
      select \(Self.columns) from imports
      where (\(request.after)::uuid is null or id < \(request.after))
        and (\(subject?.rawValue)::text is null or subject = \(subject?.rawValue))
      order by id desc limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Import.init))
  }

  /// What was found in the file: its header, its first rows.
  public func scan(of id: ID<Import>, key: BrandKey) async throws -> SheetScan {
    let rows = try await session.query("select sealed_scan from imports where id = \(id)")
    guard let sealed = try rows.first?.value("sealed_scan", as: Data.self) else { throw NotFound() }
    return try ImportFile(id: id, key: key).openScan(sealed)
  }

  /// What is wrong with rows, and what an undo had to leave, by rows behind the given one.
  public func problems(of id: ID<Import>, after row: Int, limit: Int) async throws -> Page<ImportRowProblems> {
    let found = try await session.query(
      """
      select row, problems, null::text as kept from import_rows
      where import_id = \(id) and problems is not null and row > \(row)::integer
      union all
      select row, null, undo from import_changes
      where import_id = \(id) and undo in ('edited', 'in_use') and row > \(row)::integer
      order by row limit \(limit + 1)::integer
      """)
    let items = try found.map { row in
      let number: Int = try row.value("row")
      if let kept: String = try row.value("kept") {
        let reason: ImportProblem.Reason = kept == "edited" ? .editedSince : .inUse
        return ImportRowProblems(
          row: number, problems: [ImportProblem(row: number, column: "", reason: reason, value: "")])
      }
      return ImportRowProblems(row: number, problems: try row.value("problems", as: JSON.self).decode())
    }
    return Page(items: Array(items.prefix(limit)), hasMore: items.count > limit)
  }
}

/// What is wrong with one row.
public struct ImportRowProblems: Sendable, Hashable {
  /// The row as a spreadsheet numbers it.
  public let row: Int
  /// At least one problem.
  public let problems: [ImportProblem]
}

extension Import {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    subject = try row.state("subject")
    name = try row.value("name")
    bytes = try row.value("bytes")
    state = try row.state("state")
    failedStep = try row.value("failed_step", as: String?.self).flatMap(Step.init)
    failure = try row.value("failure", as: JSON?.self).map { try $0.decode() }
    format = try row.state("format")
    encoding = try row.value("encoding", as: String?.self).flatMap(SheetEncoding.init)
    sheets = try row.value("sheets")
    columns = try row.value("columns", as: JSON.self).decode()
    total = try row.value("total")
    processed = try row.value("processed")
    expected = try row.value("expected")
    counts = Counts(
      created: try row.value("created"), updated: try row.value("updated"), unchanged: try row.value("unchanged"),
      refused: try row.value("refused"), undone: try row.value("undone"), kept: try row.value("kept"))
    by = try row.value("by_whom")
    version = try row.value("version")
    createdAt = try row.value("created_at")
    endedAt = try row.value("ended_at")
    forgottenAt = try row.value("forgotten_at")
  }
}
