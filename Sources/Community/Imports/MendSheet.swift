import Identifiers
public import Sheets
public import Tenancy

/// The rows of an import that were refused, as they stand in its file, with what is wrong with each in one more column:
/// to be mended and brought again.
public struct MendSheet: Sendable {
  private let tenancy: Tenancy
  private let brand: Brand

  private static let page = 1000

  /// Reads the given brand's imports.
  public init(_ tenancy: Tenancy, of brand: Brand) {
    self.tenancy = tenancy
    self.brand = brand
  }

  /// Writes the file.
  ///
  /// - Parameters:
  ///   - title: of the column that says what is wrong.
  ///   - words: what it says.
  /// - Throws: `NotFound` when the import, or its file, is gone.
  public func write(
    _ imported: Import, as format: SheetFileFormat, title: String, words: (ImportProblem) -> String
  ) async throws -> SpoolFile {
    let reader = tenancy.reader(of: brand, .long)
    let key = try tenancy.key(of: brand)
    let scan = try await ImportStore(reader).scan(of: imported.id, key: key)
    let file = try await ImportFile(id: imported.id, key: key).read(imported.bytes, from: reader)
    let document = try SheetDocument(file)
    var rows = try scan.rows(of: document)
    let writer = try format.writer(scan.header.map { SheetTitle($0) } + [SheetTitle(title, width: 60)], name: "1")
    var row = 0
    while true {
      let page = try await ImportStore(reader).problems(of: imported.id, after: row, limit: Self.page)
      for item in page.items {
        while let found = try rows.next() {
          guard found.number == item.row else { continue }
          try writer.append(Self.values(of: found, scan, document, item.problems.map(words)))
          break
        }
      }
      guard page.hasMore, let last = page.items.last else { return try writer.finish() }
      row = last.row
    }
  }

  private static func values(
    of row: SheetRow, _ scan: SheetScan, _ document: SheetDocument, _ words: [String]
  ) -> [SheetValue] {
    let texts = row.cells.prefix(scan.header.count).map { cell in
      if case .delimited = document.form { FormulaGuard.removed(from: cell.text) } else { cell.text }
    }
    let padding = Array(repeating: SheetValue.empty, count: scan.header.count - texts.count)
    return texts.map { $0.isEmpty ? .empty : .text($0) } + padding + [.text(words.joined(separator: "；"))]
  }
}
