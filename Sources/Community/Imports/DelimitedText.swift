/// Reads separated values as RFC 4180 defines them, byte by byte.
///
/// It walks UTF-8 rather than characters: a nickname may begin with a combining mark, which as a character would take
/// the separator before it along. Cells keep their text as it is, spaces and line breaks within quotes included.
struct DelimitedText {
  struct Record: Sendable, Hashable {
    /// The record's number as a spreadsheet counts rows, from 1, blank ones included.
    let row: Int
    var cells: [String]
    /// The index of the first cell whose quotes are broken.
    var strayQuote: Int?
  }

  /// As many as old spreadsheets had; it bounds the memory that a file of separators alone can take.
  static let mostCells = 256

  private let bytes: [UInt8]
  private let separator: UInt8
  private var position = 0
  private var row = 0

  init(_ text: String, separator: SheetSeparator) {
    bytes = Array(text.utf8)
    self.separator = separator.rawValue
  }

  /// The next record, which may be blank; nil at the end of the text.
  /// - Throws: `SheetError.unterminatedQuote` or `.tooManyColumns`.
  mutating func next() throws(SheetError) -> Record? {
    guard position < bytes.count else { return nil }
    row += 1
    var record = Record(row: row, cells: [])
    repeat {
      guard record.cells.count < Self.mostCells else { throw .tooManyColumns(row: row, limit: Self.mostCells) }
      let isQuoted = position < bytes.count && bytes[position] == Self.quote
      record.cells.append(isQuoted ? try quotedCell(&record) : plainCell(&record))
    } while passSeparator()
    passLineBreak()
    return record
  }

  private mutating func plainCell(_ record: inout Record) -> String {
    let start = position
    while position < bytes.count, !endsCell(bytes[position]) {
      if bytes[position] == Self.quote { record.noteStrayQuote() }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func quotedCell(_ record: inout Record) throws(SheetError) -> String {
    let opening = position
    var cell: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != Self.quote {
        cell.append(byte)
      } else if position < bytes.count, bytes[position] == Self.quote {
        cell.append(byte)
        position += 1
      } else {
        if position < bytes.count, !endsCell(bytes[position]) {
          record.noteStrayQuote()
          cell += plainCell(&record).utf8
        }
        return String(decoding: cell, as: UTF8.self)
      }
    }
    throw .unterminatedQuote(line: line(of: opening))
  }

  private func endsCell(_ byte: UInt8) -> Bool {
    byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn
  }

  private mutating func passSeparator() -> Bool {
    guard position < bytes.count, bytes[position] == separator else { return false }
    position += 1
    return true
  }

  private mutating func passLineBreak() {
    if position < bytes.count, bytes[position] == Self.carriageReturn { position += 1 }
    if position < bytes.count, bytes[position] == Self.lineFeed { position += 1 }
  }

  private func line(of position: Int) -> Int { 1 + bytes[..<position].count { $0 == Self.lineFeed } }

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}

extension DelimitedText.Record {
  fileprivate mutating func noteStrayQuote() { strayQuote = strayQuote ?? cells.count }
}

/// The byte between two cells.
public enum SheetSeparator: UInt8, Sendable, Hashable, CaseIterable {
  /// `,`
  case comma = 0x2C
  /// `;`, which spreadsheets write where the comma is the decimal sign.
  case semicolon = 0x3B
  /// A tabulator.
  case tab = 0x09
}
