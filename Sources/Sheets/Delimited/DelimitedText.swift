/// Reads separated values as RFC 4180 defines them, byte by byte.
///
/// It walks UTF-8 rather than characters: a nickname may begin with a combining mark, which as a character would take
/// the separator before it along. Cells keep their text as it is, spaces and line breaks within quotes included.
struct DelimitedText {
  private var text: SheetText
  private let separator: UInt8
  private var piece: [UInt8] = []
  private var position = 0
  private var row = 0
  private var bytesOfRow = 0
  private var lineFeeds = 0

  init(_ text: SheetText, separator: SheetSeparator) {
    self.text = text
    self.separator = separator.rawValue
  }

  /// The next row, which may be blank; nil at the end of the text.
  /// - Throws: `SheetError.unterminatedQuote`, `.tooManyColumns`, `.rowTooLong` or `.undecodable`.
  mutating func next() throws(SheetError) -> SheetRow? {
    guard try peek() != nil else { return nil }
    row += 1
    bytesOfRow = 0
    var record = SheetRow(number: row, cells: [])
    repeat {
      guard record.cells.count < SheetRow.mostCells else { throw .tooManyColumns(row: row, limit: SheetRow.mostCells) }
      let isQuoted = try peek() == Self.quote
      record.cells.append(SheetCell(isQuoted ? try quotedCell(&record) : try plainCell(&record)))
    } while try passSeparator()
    try passLineBreak()
    return record
  }

  private mutating func plainCell(_ record: inout SheetRow) throws(SheetError) -> String {
    var earlier: [UInt8] = []
    while try peek() != nil {
      let start = position
      var hasQuote = false
      while position < piece.count, !endsCell(piece[position]) {
        if piece[position] == Self.quote { hasQuote = true }
        position += 1
      }
      if hasQuote { record.noteStrayQuote() }
      bytesOfRow += position - start
      guard bytesOfRow <= SheetRow.mostBytes else { throw .rowTooLong(row: row, limit: SheetRow.mostBytes) }
      if position < piece.count, earlier.isEmpty { return String(decoding: piece[start..<position], as: UTF8.self) }
      earlier += piece[start..<position]
      if position < piece.count { break }
    }
    return String(decoding: earlier, as: UTF8.self)
  }

  private mutating func quotedCell(_ record: inout SheetRow) throws(SheetError) -> String {
    let line = 1 + lineFeeds
    var cell: [UInt8] = []
    position += 1
    while try peek() != nil {
      let start = position
      while position < piece.count, piece[position] != Self.quote {
        if piece[position] == Self.lineFeed { lineFeeds += 1 }
        position += 1
      }
      bytesOfRow += position - start
      // A quote that nobody closed takes all that follows with it.
      guard bytesOfRow <= SheetRow.mostBytes else { throw .unterminatedQuote(line: line) }
      cell += piece[start..<position]
      guard position < piece.count else { continue }
      position += 1
      if try peek() == Self.quote {
        cell.append(Self.quote)
        position += 1
      } else {
        if let byte = try peek(), !endsCell(byte) {
          record.noteStrayQuote()
          cell += try plainCell(&record).utf8
        }
        return String(decoding: cell, as: UTF8.self)
      }
    }
    throw .unterminatedQuote(line: line)
  }

  /// The byte at the position; nil at the end of the text.
  private mutating func peek() throws(SheetError) -> UInt8? {
    while position == piece.count {
      guard let more = try text.next() else { return nil }
      (piece, position) = (more, 0)
    }
    return piece[position]
  }

  private func endsCell(_ byte: UInt8) -> Bool {
    byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn
  }

  private mutating func passSeparator() throws(SheetError) -> Bool {
    guard try peek() == separator else { return false }
    position += 1
    return true
  }

  private mutating func passLineBreak() throws(SheetError) {
    if try peek() == Self.carriageReturn { position += 1 }
    if try peek() == Self.lineFeed {
      position += 1
      lineFeeds += 1
    }
  }

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}

extension SheetRow {
  fileprivate mutating func noteStrayQuote() { strayQuote = strayQuote ?? cells.count }
}

/// The byte between two cells.
public enum SheetSeparator: UInt8, Sendable, Hashable, Codable, CaseIterable {
  /// `,`
  case comma = 0x2C
  /// `;`, which spreadsheets write where the comma is the decimal sign.
  case semicolon = 0x3B
  /// A tabulator.
  case tab = 0x09
}
