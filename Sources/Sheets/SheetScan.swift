/// What a whole sheet was found to be in one pass over it: its header, its first rows, how many it has, and what its
/// columns have in common.
public struct SheetScan: Sendable, Hashable, Codable {
  /// What separates the cells, where the file is separated values.
  public let separator: SheetSeparator
  /// The sheet of a workbook; nil for the first.
  public let sheet: String?
  /// The row of the header: the first that has any text.
  public let headerRow: Int
  /// The header's cells.
  public let header: [String]
  /// How many rows with text follow it.
  public let rows: Int
  /// Of each column of the header.
  public let columns: [SheetColumn]
  /// The first rows behind the header.
  public let preview: [SheetRow]

  /// Reads all of a sheet once.
  ///
  /// - Parameters:
  ///   - knows: whether a text is the name of a column. The separator is the one that finds most of these, and of several
  ///     the one that finds most cells.
  /// - Throws: `SheetError` for whatever would end the reading of the file later on.
  public init(
    _ document: SheetDocument, sheet: String? = nil, preview count: Int = 0, knowing knows: (String) -> Bool
  ) throws(SheetError) {
    let (separator, first) = try Self.header(of: document, sheet, knows)
    var rows = try document.rows(separator: separator, sheet: sheet)
    _ = try rows.next()
    header = first.cells.map(\.text.trimmedCell)
    headerRow = first.number
    self.separator = separator
    self.sheet = sheet
    var columns = [SheetColumn](repeating: SheetColumn(), count: header.count)
    var preview: [SheetRow] = []
    var total = 0
    while let row = try rows.next() {
      total += 1
      guard total <= document.limits.rows else { throw .tooManyRows(limit: document.limits.rows) }
      if preview.count < count { preview.append(row) }
      for (index, cell) in row.cells.prefix(columns.count).enumerated() { columns[index].note(cell) }
    }
    (self.rows, self.columns, self.preview) = (total, columns, preview)
  }

  /// The rows behind the header.
  public func rows(of document: SheetDocument) throws(SheetError) -> SheetRows {
    var rows = try document.rows(separator: separator, sheet: sheet)
    _ = try rows.next()
    return rows
  }

  private static func header(
    of document: SheetDocument, _ sheet: String?, _ knows: (String) -> Bool
  ) throws(SheetError) -> (SheetSeparator, SheetRow) {
    var best: (separator: SheetSeparator, row: SheetRow, known: Int)?
    var failure: SheetError?
    for separator in document.separators {
      do {
        var rows = try document.rows(separator: separator, sheet: sheet)
        guard let row = try rows.next() else { continue }
        let known = Set(row.cells.map(\.text.trimmedCell).filter(knows)).count
        let isBetter = best.map { (known, row.cells.count) > ($0.known, $0.row.cells.count) } ?? true
        if isBetter { best = (separator, row, known) }
      } catch {
        // Quotes may be broken by one separator's reading and whole by another's.
        failure = failure ?? error
      }
    }
    guard let best else { throw failure ?? .empty }
    // A reading that finds nothing known is no proof against one that failed: a million commas are one cell of text.
    if best.known == 0, let failure { throw failure }
    return (best.separator, best.row)
  }
}
