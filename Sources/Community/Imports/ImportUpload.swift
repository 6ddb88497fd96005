import Crypto
import Foundation
public import Identifiers
public import JobQueue
import Postgres
public import Sheets
public import Tenancy

/// A file that was read whole and may become an import.
public struct ImportUpload: Sendable {
  let subject: Import.Subject
  let name: String
  let document: SheetDocument
  let scan: SheetScan

  /// How many of its first rows are shown.
  static let previewed = 20

  /// Reads a file from its first byte to its last, so that whatever is wrong with it as a whole is said at once. This takes
  /// a second or two for a large one.
  ///
  /// - Throws: `SheetError`; `InvalidInput` for a name that cannot be kept.
  public init(_ subject: Import.Subject, name: String, file: SpoolFile, sheet: String? = nil) throws {
    var check = FieldCheck()
    check.text("name", name, upTo: 200)
    try check.finish()
    self.subject = subject
    self.name = name
    document = try SheetDocument(file)
    scan = try SheetScan(document, sheet: sheet, preview: Self.previewed, knowing: subject.knows)
  }
}

extension Import.Subject {
  /// What its sheets can have.
  public var fields: [ImportField] {
    func fields<Kind: ImportKind>(_ kind: Kind.Type) -> [ImportField] {
      Kind.Reader.Field.allCases.map { field in
        ImportField(
          name: field.rawValue, titles: field.names, isNeeded: Kind.Reader.Field.needed.contains(field),
          isSecret: field.rawValue == "webhook" || field.rawValue == "robot")
      }
    }
    return fields(kind)
  }

  /// Whether a header's text names a field.
  func knows(_ header: String) -> Bool {
    func knows<Kind: ImportKind>(_ kind: Kind.Type) -> Bool { Kind.Reader.Field.of(header) != nil }
    return knows(kind)
  }

  /// What a header suggests.
  func proposal(for header: [String]) -> [String: Int] {
    func proposal<Kind: ImportKind>(_ kind: Kind.Type) -> [String: Int] {
      let positions = SheetColumns<Kind.Reader.Field>.proposal(for: header)
      return Dictionary(positions.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
    }
    return proposal(kind)
  }
}

/// A field that a column of a sheet can hold.
public struct ImportField: Sendable, Hashable {
  /// Its stable name.
  public let name: String
  /// The headers under which it is found; the first is the one that is shown to people.
  public let titles: [String]
  /// Whether it, or another needed one, has to be there.
  public let isNeeded: Bool
  /// Whether its cells are not to be shown.
  public let isSecret: Bool
}

extension ImportStore {
  /// Keeps a file, with the columns that people have matched before or else the ones that the header names.
  public static func create(
    _ upload: ImportUpload, by who: String, in transaction: BrandTransaction, key: BrandKey, telling index: RunIndex
  ) async throws -> ID<Import> {
    let id = ID<Import>()
    let file = ImportFile(id: id, key: key)
    let (format, encoding, sheets) = upload.document.described
    let mappings = ImportMappings(transaction)
    let columns =
      try await mappings.remembered(for: upload.scan.header, of: upload.subject)
      ?? upload.subject.proposal(for: upload.scan.header)
    try await transaction.query(
      """
      insert into imports (id, subject, name, bytes, format, encoding, sheets, sealed_scan, columns, fingerprint, total,
        by_whom)
      values (\(id), \(upload.subject.rawValue), \(upload.name), \(upload.document.file.size)::integer,
        \(format.rawValue), \(encoding?.rawValue), \(sheets), \(try file.seal(upload.scan)),
        \(JSON(encoding: columns)), \(ImportMappings.fingerprint(of: upload.scan.header)), \(upload.scan.rows)::integer,
        \(who))
      """)
    try await file.write(upload.document.file, in: transaction)
    let due = Date(timeIntervalSinceNow: TimeInterval(Import.retention.components.seconds))
    try await transaction.enqueue([try NewRun(ForgetImport(imported: id), dueAt: due)], telling: index)
    return id
  }
}

extension SheetDocument {
  fileprivate var described: (SheetFileFormat, SheetEncoding?, [String]) {
    switch form {
    case .delimited(let encoding): (.csv, encoding, [])
    case .workbook(let sheets): (.xlsx, nil, sheets)
    }
  }
}

/// How people matched columns, by the header that they did it for.
struct ImportMappings {
  let session: any BrandSession

  init(_ session: any BrandSession) {
    self.session = session
  }

  static func fingerprint(of header: [String]) -> Data {
    var hash = SHA256()
    for cell in header { hash.update(data: Data("\(cell.utf8.count):\(cell)".utf8)) }
    return Data(hash.finalize())
  }

  /// A file of rows to mend has a column more than the one that it was made of.
  func remembered(for header: [String], of subject: Import.Subject) async throws -> [String: Int]? {
    let prints = [Self.fingerprint(of: header), Self.fingerprint(of: Array(header.dropLast()))]
    let rows = try await session.query(
      """
      select columns from import_mappings where subject = \(subject.rawValue) and fingerprint = any(\(prints))
      order by fingerprint = \(prints[0]) desc limit 1
      """)
    return try rows.first?.value("columns", as: JSON.self).decode()
  }

  func remember(_ columns: [String: Int], for header: [String], of subject: Import.Subject) async throws {
    try await session.query(
      """
      insert into import_mappings (subject, fingerprint, columns)
      values (\(subject.rawValue), \(Self.fingerprint(of: header)), \(JSON(encoding: columns)))
      on conflict (subject, fingerprint) do update set columns = excluded.columns, used_at = now()
      """)
  }
}
