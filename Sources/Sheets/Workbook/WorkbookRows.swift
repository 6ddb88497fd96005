/// The rows of one sheet of a workbook. Some kilobytes are unpacked and read whenever the rows of the last ones are used
/// up.
final class WorkbookRows {
  private let reader: PartReader
  private let visitor: RowsVisitor
  private var position = 0

  init(_ workbook: Workbook, sheet name: String?) throws(SheetError) {
    let sheet = try workbook.sheet(name)
    visitor = RowsVisitor(
      part: sheet.part, strings: try workbook.strings(), isDate: try workbook.dateFormats(),
      countsFrom1904: workbook.countsFrom1904)
    reader = try PartReader(sheet.part, workbook.archive, visitor)
  }

  /// The next row that is not empty; nil after the last.
  func next() throws(SheetError) -> SheetRow? {
    while position == visitor.rows.count {
      visitor.forgetRows()
      position = 0
      guard try reader.readOn() else { return nil }
    }
    defer { position += 1 }
    return visitor.rows[position]
  }
}

/// Gathers the rows of a sheet's part.
final class RowsVisitor: XMLVisitor {
  private(set) var rows: [SheetRow] = []

  private let part: String
  private let strings: SpilledStrings
  private let isDate: [Bool]
  private let countsFrom1904: Bool

  private enum CellType {
    case number, shared, text, boolean, fault, date
  }

  private var row = 0
  private var cells: [SheetCell] = []
  private var bytesOfRow = 0
  private var column = 0
  private var type = CellType.number
  private var showsDate = false
  private var hasFormula = false
  private var value: [UInt8] = []
  private var takesText = false
  private var isInGuide = false

  init(part: String, strings: SpilledStrings, isDate: [Bool], countsFrom1904: Bool) {
    self.part = part
    self.strings = strings
    self.isDate = isDate
    self.countsFrom1904 = countsFrom1904
  }

  func forgetRows() {
    rows.removeAll(keepingCapacity: true)
  }

  func begin(_ name: XMLName, _ attributes: XMLAttributes) throws(SheetError) {
    if name == "c" {
      try beginCell(attributes)
    } else if name == "v" {
      takesText = true
    } else if name == "t" {
      takesText = !isInGuide
    } else if name == "f" {
      hasFormula = true
    } else if name == "rPh" {
      isInGuide = true
    } else if name == "row" {
      let number = attributes.number("r") ?? row + 1
      guard number > row, number <= 1 << 21 else { throw .damagedWorkbook(part: part) }
      row = number
      cells.removeAll()
      (column, bytesOfRow) = (0, 0)
    }
  }

  func end(_ name: XMLName) throws(SheetError) {
    if name == "c" {
      try endCell()
      column += 1
    } else if name == "v" || name == "t" {
      takesText = false
    } else if name == "rPh" {
      isInGuide = false
    } else if name == "row" {
      if !cells.isEmpty { rows.append(SheetRow(number: row, cells: cells)) }
      cells.removeAll()
    }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(SheetError) {
    guard takesText else { return }
    value += bytes
    guard value.count <= SheetRow.mostBytes else { throw .rowTooLong(row: row, limit: SheetRow.mostBytes) }
  }

  private func beginCell(_ attributes: XMLAttributes) throws(SheetError) {
    if let reference = attributes.pointer("r") {
      guard let place = Self.column(of: reference), place >= column else { throw .damagedWorkbook(part: part) }
      column = place
    }
    showsDate = attributes.number("s").map { $0 < isDate.count && isDate[$0] } ?? false
    hasFormula = false
    value.removeAll(keepingCapacity: true)
    type =
      switch attributes["t"] {
      case "s": .shared
      case "str", "inlineStr": .text
      case "b": .boolean
      case "e": .fault
      case "d": .date
      default: .number
      }
  }

  /// A cell that has only a format is none.
  private func endCell() throws(SheetError) {
    guard let cell = try cell(), !cell.text.isEmpty else { return }
    guard column < SheetRow.mostCells else { throw .tooManyColumns(row: row, limit: SheetRow.mostCells) }
    bytesOfRow += cell.text.utf8.count
    guard bytesOfRow <= SheetRow.mostBytes else { throw .rowTooLong(row: row, limit: SheetRow.mostBytes) }
    while cells.count < column { cells.append(SheetCell("")) }
    cells.append(cell)
  }

  private func cell() throws(SheetError) -> SheetCell? {
    // A formula that a program wrote and no spreadsheet has worked out.
    if hasFormula, value.isEmpty { return type == .text ? nil : SheetCell("=", .fault) }
    let text = String(decoding: value, as: UTF8.self)
    switch type {
    case .shared:
      guard let number = Int(text.trimmedCell), let shared = try strings.text(number) else {
        throw .damagedWorkbook(part: part)
      }
      return SheetCell(shared.withoutEscapes)
    case .text: return SheetCell(text.withoutEscapes)
    case .boolean: return SheetCell(text.trimmedCell == "1" || text == "true" ? "TRUE" : "FALSE", .boolean)
    case .fault: return SheetCell(text, .fault)
    case .date: return SheetCell(SheetDay.plain(text), .date)
    case .number:
      let text = text.trimmedCell
      if showsDate, let day = SheetDay.text(ofSerial: text, countsFrom1904: countsFrom1904) {
        return SheetCell(day, .date)
      }
      return SheetCell(SheetNumber.plain(text), .number)
    }
  }

  /// `AB12` is the column 27, counted from 0.
  private static func column(of reference: UnsafePointer<CChar>) -> Int? {
    var (column, position) = (0, 0)
    while position < 4, case let letter = UInt8(bitPattern: reference[position]) & 0xDF, (0x41...0x5A).contains(letter)
    {
      column = column * 26 + Int(letter - 0x40)
      position += 1
    }
    return (1...3).contains(position) ? column - 1 : nil
  }
}

/// Reads a part of an archive a piece at a time, as its reader asks for more.
private final class PartReader {
  private let stream: ZipStream
  private let walk: XMLWalk
  private var isOver = false

  init(_ part: String, _ archive: ZipArchive, _ visitor: any XMLVisitor) throws(SheetError) {
    stream = try ZipStream(part, in: archive)
    walk = try XMLWalk(part, visitor)
  }

  /// False when there is no more.
  func readOn() throws(SheetError) -> Bool {
    guard !isOver else { return false }
    if try stream.next({ bytes throws(SheetError) in try walk.feed(bytes) }) { return true }
    isOver = true
    try walk.feed(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
    return true
  }
}
