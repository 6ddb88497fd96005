import Sheets

/// Reads a sheet row by row into cells under known columns.
struct SheetTable<Field: SheetField> {
  let columns: SheetColumns<Field>
  private let scan: SheetScan
  private let names: [Field: String]
  /// How separated values were written; nil for a workbook.
  let encoding: SheetEncoding?
  private var rows: SheetRows

  init(_ document: SheetDocument, _ scan: SheetScan, _ columns: SheetColumns<Field>) throws(SheetError) {
    self.scan = scan
    self.columns = columns
    names = columns.names
    rows = try scan.rows(of: document)
    if case .delimited(let encoding) = document.form { self.encoding = encoding } else { encoding = nil }
  }

  var separator: SheetSeparator { scan.separator }

  /// A file whose header names its columns.
  init(_ bytes: [UInt8], limits: SheetLimits) throws(SheetError) {
    let document = try SheetDocument(try SpoolFile(bytes), limits: limits)
    let scan = try SheetScan(document) { Field.of($0) != nil }
    try self.init(document, scan, try SheetColumns(namedBy: scan.header))
  }

  /// The next row that has any text, with what is wrong with it as a whole; nil at the end of the file.
  mutating func next() throws(SheetError) -> SheetCells<Field>? {
    guard let record = try rows.next() else { return nil }
    var texts: [Field: String] = [:]
    var damages: [Field: SheetDamage] = [:]
    for (field, position) in columns.positions where position < record.cells.count {
      let cell = record.cells[position]
      let text = cell.text.trimmedCell
      texts[field] = encoding != nil ? FormulaGuard.removed(from: text).trimmedCell : text
      let trimmed = SheetCell(text, cell.kind)
      damages[field] = field.isID ? scan.columns[position].damage(ofID: trimmed) : trimmed.fault
    }
    var row = SheetCells(row: record.number, cells: texts, damages: damages, headers: names)
    if let index = record.strayQuote {
      row.note(.strayQuote, inColumn: index < scan.header.count ? scan.header[index] : "")
    }
    if record.cells.dropFirst(scan.header.count).contains(where: { !$0.text.trimmedCell.isEmpty }) {
      row.note(.extraCells, inColumn: "")
    }
    return row
  }
}
