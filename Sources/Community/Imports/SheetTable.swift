/// Reads a file row by row into cells under known columns.
struct SheetTable<Field: SheetField> {
  let encoding: SheetEncoding
  let header: SheetHeader<Field>
  private var reader: DelimitedText
  private var roomForRows: Int
  private let limits: SheetLimits

  init(_ bytes: [UInt8], limits: SheetLimits) throws(SheetError) {
    guard bytes.count <= limits.bytes else { throw .tooLarge(bytes: bytes.count, limit: limits.bytes) }
    let text: String
    (text, encoding) = try SheetEncoding.decode(bytes)
    (reader, header) = try SheetHeader.find(in: text)
    roomForRows = limits.rows
    self.limits = limits
  }

  /// The next row that has any text, with what is wrong with it as a whole; nil at the end of the file.
  mutating func next() throws(SheetError) -> SheetCells<Field>? {
    while let record = try reader.next() {
      guard record.cells.contains(where: { !$0.trimmedCell.isEmpty }) else { continue }
      guard roomForRows > 0 else { throw .tooManyRows(limit: limits.rows) }
      roomForRows -= 1
      return cells(of: record)
    }
    return nil
  }

  private func cells(of record: DelimitedText.Record) -> SheetCells<Field> {
    let cells = header.positions.compactMapValues { position in
      position < record.cells.count ? record.cells[position].trimmedCell : nil
    }
    var row = SheetCells(row: record.row, cells: cells, headers: header.names)
    if let index = record.strayQuote {
      row.note(.strayQuote, inColumn: index < header.cells.count ? header.cells[index] : "")
    }
    if record.cells.dropFirst(header.cells.count).contains(where: { !$0.trimmedCell.isEmpty }) {
      row.note(.extraCells, inColumn: "")
    }
    return row
  }
}

extension String {
  /// Without white space (the ideographic one included), byte order marks and zero-width spaces at both ends.
  var trimmedCell: String {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || scalar == "\u{FEFF}" || scalar == "\u{200B}"
    }
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }),
      let last = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}
