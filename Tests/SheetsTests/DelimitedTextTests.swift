import TestSupport
import Testing

@testable import Sheets

@Suite struct DelimitedTextTests {
  private func records(_ text: String, _ separator: SheetSeparator = .comma) throws -> [SheetRow] {
    let file = try SpoolFile(Array(text.utf8))
    var reader = DelimitedText(try SheetText(file, .utf8), separator: separator)
    var records: [SheetRow] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  private func texts(_ row: SheetRow) -> [String] { row.cells.map(\.text) }

  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
    ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    ("\"x\r\ny\",\"\"\n", [["x\r\ny", ""]]),
    ("\"say \"\"hi\"\"\",2\n", [["say \"hi\"", "2"]]),
    ("\"\"\"\"\n", [["\""]]),
    (",\n", [["", ""]]),
    ("a\n\nb", [["a"], [""], ["b"]]),
    (" a , b \n", [[" a ", " b "]]),
    ("a,\u{301}b\n", [["a", "\u{301}b"]]),
    ("\"a\"\n\u{FE0F}b\n", [["a"], ["\u{FE0F}b"]]),
    ("", []),
  ])
  func reads(_ text: String, _ cells: [[String]]) throws {
    let records = try records(text)
    #expect(records.map(texts) == cells)
    #expect(records.allSatisfy { $0.strayQuote == nil })
    #expect(records.map(\.number) == Array(1..<cells.count + 1))
  }

  @Test(arguments: [("1,a\"b\n3,4\n", 1), ("\"1\"x,2\n3,4\n", 0), ("1, \"2\"\n3,4\n", 1), ("1,\"a\"b\"c\"\n3,4\n", 1)])
  func brokenQuotesStayInTheirRow(_ text: String, _ cell: Int) throws {
    let records = try records(text)
    #expect(records.map(\.strayQuote) == [cell, nil])
    #expect(records.last.map(texts) == ["3", "4"])
  }

  @Test func aQuoteThatDoesNotEndIsRefusedWithItsLine() {
    #expect(throws: SheetError.unterminatedQuote(line: 3)) { try records("a,b\n1,2\n3,\"4\n5,6\n") }
    #expect(throws: SheetError.unterminatedQuote(line: 1)) { try records("\"") }
  }

  @Test func aRowOfSeparatorsAloneIsBounded() throws {
    let widest = String(repeating: ",", count: SheetRow.mostCells - 1)
    #expect(try records(widest).first?.cells.count == SheetRow.mostCells)
    #expect(throws: SheetError.tooManyColumns(row: 2, limit: SheetRow.mostCells)) {
      try records("a\n" + widest + ",")
    }
  }

  /// The law: what was written by the book is read back as it was, in every encoding, separator and line break.
  @Test func randomTablesAreReadBack() throws {
    var random = TableRandom()
    for _ in 0..<300 {
      let (form, separator) = (random.pick(FileForm.allCases), random.pick(SheetSeparator.allCases))
      let table = Self.anyTable(&random)
      let character = Character(Unicode.Scalar(separator.rawValue))
      let quoted = random.number(0...2)
      let text = separated(table, by: character, lineBreak: random.pick(["\n", "\r\n"])) { _ in quoted == 0 }
      let read = try records(try decoded(form.bytes(text)).text, separator)
      // Equal as characters is not enough: é has two spellings, and both must come back as they were.
      let scalars = read.map { $0.cells.map { Array($0.text.unicodeScalars) } }
      try #require(scalars == table.map { $0.map { Array($0.unicodeScalars) } }, "\(form) \(separator), \(random)")
      try #require(read.allSatisfy { $0.strayQuote == nil }, "\(random)")
    }
  }

  private static func anyTable(_ random: inout TableRandom) -> [[String]] {
    let pieces = [
      "辰辰妈", "浦东", "A水果店老李", "😀", "👩‍👧", "\u{FE0F}", "\u{301}", "\"", "\"\"", ",", ";", "\t", "\n", "\r\n", " ", "=1+1",
      "1", "龘", "é", "\u{3000}", "|",
    ]
    let width = random.number(2...6)
    return (0..<random.number(1...12)).map { _ in
      (0..<width).map { _ in (0..<random.number(0...4)).map { _ in random.pick(pieces) }.joined() }
    }
  }

  @Test func aQuoteThatNobodyClosedDoesNotTakeAllMemory() {
    let text = "a\n\"" + String(repeating: "群,\n", count: SheetRow.mostBytes)
    #expect(throws: SheetError.unterminatedQuote(line: 2)) { try records(text) }
    let plain = "a\n" + String(repeating: "群", count: SheetRow.mostBytes)
    #expect(throws: SheetError.rowTooLong(row: 2, limit: SheetRow.mostBytes)) { try records(plain) }
  }

  /// Wherever the pieces are cut, the rows are the same.
  @Test func cellsMayLieAcrossPieces() throws {
    for shift in 0..<8 {
      let long = String(repeating: "x", count: SpoolBytes.piece - 4 + shift)
      let read = try records("\(long),\"a\"\"b\"\r\n\"\(long)\",\"\"\n1,2")
      #expect(read.map(texts) == [[long, "a\"b"], [long, ""], ["1", "2"]], "\(shift)")
    }
  }
}
