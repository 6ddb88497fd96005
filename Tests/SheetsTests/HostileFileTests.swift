import Foundation
import TestSupport
import Testing

@testable import Sheets

/// Files that were made to do harm, or broke on their way: each is refused by name, in memory that stays small.
@Suite(.serialized) struct HostileFileTests {
  private static let allowed = 48 << 20

  /// What reading takes beside what was there.
  private func refusal(_ file: SpoolFile, limits: SheetLimits = SheetLimits()) -> (error: SheetError?, memory: Int) {
    let before = residentBytes()
    var highest = before
    do {
      var read = try SheetDocument(file, limits: limits).rows()
      var count = 0
      while try read.next() != nil {
        count += 1
        if count.isMultiple(of: 1000) { highest = max(highest, residentBytes()) }
      }
      return (nil, max(highest, residentBytes()) - before)
    } catch {
      return (error, max(highest, residentBytes()) - before)
    }
  }

  private static func pieces(_ piece: String, times: Int) -> () -> AnyIterator<[UInt8]> {
    let bytes = Array(String(repeating: piece, count: max(1, 65_536 / piece.utf8.count)).utf8)
    return {
      var left = times
      return AnyIterator {
        left -= 1
        return left >= 0 ? bytes : nil
      }
    }
  }

  @Test func aBombIsRefusedBeforeItIsUnpacked() throws {
    var book = MadeWorkbook(rows: "")
    book.add("xl/worksheets/sheet1.xml", Self.pieces("<row><c><v>1</v></c></row>", times: 8192))
    let (error, memory) = refusal(try book.file())
    #expect(error == .unpacksTooLarge(limit: 256 << 20))
    #expect(memory < Self.allowed, "\(memory)")
    var dense = MadeWorkbook(rows: "")
    dense.add("xl/sharedStrings.xml", Self.pieces(" ", times: 512))
    #expect(refusal(try dense.file()).error == .unpacksTooLarge(limit: 256 << 20))
  }

  @Test func manySharedTextsTakeNoMemory() throws {
    var book = MadeWorkbook(rows: #"<row><c t="s"><v>1999999</v></c></row>"#)
    var number = -1
    book.add("xl/sharedStrings.xml") {
      AnyIterator {
        number += 1
        if number > 2000 { return nil }
        if number == 2000 { return Array("</sst>".utf8) }
        let texts = (0..<1000).map { "<si><t>成员 \(number * 1000 + $0) \(number &* 7919)</t></si>" }
        return Array(((number == 0 ? "<sst>" : "") + texts.joined()).utf8)
      }
    }
    let file = try book.file()
    let before = residentBytes()
    var read = try SheetDocument(file).rows()
    #expect(try read.next()?.cells.first?.text.hasPrefix("成员 1999999 ") == true)
    #expect(residentBytes() - before < Self.allowed)
  }

  @Test(arguments: [
    "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\">]><worksheet>&b;</worksheet>",
    String(repeating: "<a>", count: 1000), "<worksheet>\u{1}</worksheet>",
    "<worksheet><row r=\"5\"/><row r=\"5\"/></worksheet>",
    "<worksheet><row><c t=\"s\"><v>7</v></c></row></worksheet>",
    "<worksheet><row><c r=\"5\"><v>7</v></c></row></worksheet>",
    "<worksheet><row><c r=\"B1\"><v>7</v></c><c r=\"A1\"><v>7</v></c></row></worksheet>", "<worksheet><row>", "",
    "<worksheet><row r=\"99999999\"/></worksheet>",
  ])
  func partsThatBreakTheRules(_ xml: String) throws {
    var book = MadeWorkbook(rows: "")
    book.add("xl/worksheets/sheet1.xml", xml)
    #expect(refusal(try book.file()).error == .damagedWorkbook(part: "xl/worksheets/sheet1.xml"))
  }

  @Test func oneTagThatDoesNotEnd() throws {
    var book = MadeWorkbook(rows: "")
    var first = true
    var chance = TableRandom()
    // Longer than what a packer looks back on, so that it hardly shrinks.
    let noise = (0..<1 << 18).map { _ in UInt8(0x61 + chance.number(0...15)) }
    book.add("xl/worksheets/sheet1.xml") {
      var left = 400
      return AnyIterator {
        left -= 1
        defer { first = false }
        return left < 0 ? nil : first ? Array("<worksheet a=\"".utf8) + noise : noise
      }
    }
    let (error, memory) = refusal(try book.file(), limits: SheetLimits(bytes: 1 << 30))
    #expect(error == .damagedWorkbook(part: "xl/worksheets/sheet1.xml") && memory < Self.allowed, "\(memory)")
  }

  @Test func rowsWithoutEnd() throws {
    let wide = MadeWorkbook(rows: "<row>" + String(repeating: "<c><v>1</v></c>", count: 300) + "</row>")
    #expect(refusal(try wide.file()).error == .tooManyColumns(row: 1, limit: 256))
    let far = MadeWorkbook(rows: #"<row><c r="XFD1"><v>1</v></c></row>"#)
    #expect(refusal(try far.file()).error == .tooManyColumns(row: 1, limit: 256))
    var long = MadeWorkbook(rows: "")
    long.add("xl/worksheets/sheet1.xml") {
      let bytes = Array(String(repeating: "群abc", count: 10_000).utf8)
      var left = 100
      return AnyIterator {
        left -= 1
        return left == 99 ? Array("<worksheet><row><c t=\"str\"><v>".utf8) : left >= 0 ? bytes : nil
      }
    }
    #expect(refusal(try long.file()).error == .rowTooLong(row: 1, limit: SheetRow.mostBytes))
  }

  @Test func aMillionColumns() throws {
    let file = try SpoolFile()
    for _ in 0..<64 { try file.append([UInt8](repeating: 0x2C, count: 1 << 14)) }
    let (error, memory) = refusal(file)
    #expect(error == .tooManyColumns(row: 1, limit: 256) && memory < Self.allowed, "\(memory)")
  }

  @Test(arguments: [
    ("\u{0}\u{1}abc", OtherFormat.binary), ("%PDF-1.7", .pdf), ("<html><table>", .page), ("\n<TABLE border=1>", .page),
    ("<?xml version=\"1.0\"?><Workbook/>", .page),
  ])
  func otherFiles(_ start: String, _ format: OtherFormat) throws {
    #expect(refusal(try SpoolFile(start.utf8)).error == .notASheet(format))
  }

  @Test func anOldWorkbookIsNamed() throws {
    #expect(refusal(try SpoolFile([0xD0, 0xCF, 0x11, 0xE0, 1])).error == .notASheet(.oldWorkbook))
  }

  /// The law: no bytes whatever crash a reader or make it go on for ever.
  @Test func randomDamageIsAnError() throws {
    var random = TableRandom()
    let book = MadeWorkbook(
      rows: (1...50).map { "<row r=\"\($0)\"><c t=\"s\"><v>\($0 % 3)</v></c><c s=\"1\"><v>46089.5</v></c></row>" }
        .joined(),
      strings: ["<t>一</t>", "<t>二</t>", "<r><t>三</t></r>"], formats: [0, 14])
    let sound = try book.file()
    let bytes = try sound.read(at: 0, count: sound.size)
    var read = 0
    for _ in 0..<400 {
      var damaged = bytes
      switch random.number(0...3) {
      case 0: damaged = Array(damaged.prefix(random.number(0...damaged.count)))
      case 1: damaged = (0..<random.number(0...3000)).map { _ in UInt8(random.number(0...255)) }
      case 2:
        damaged.insert(
          contentsOf: damaged[..<random.number(0...damaged.count - 1)], at: random.number(0...damaged.count))
      default:
        for _ in 0...random.number(0...8) {
          damaged[random.number(0...damaged.count - 1)] = UInt8(random.number(0...255))
        }
      }
      if refusal(try SpoolFile(damaged)).error == nil { read += 1 }
    }
    print("\(read) of 400 damaged files could be read")
    #expect(read < 400, "\(random)")
  }

  /// As above, for the XML within a sound archive: checksums do not keep it from the parser.
  @Test func randomlyDamagedPartsAreAnError() throws {
    var random = TableRandom()
    let rows = #"<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="1" t="inlineStr"><is><t>x</t></is></c></row>"#
    for _ in 0..<300 {
      var book = MadeWorkbook(rows: rows, strings: ["<t>一</t>"], formats: [0, 14])
      let index = random.number(0...book.parts.count - 1)
      let name = book.parts[index].name
      var bytes = Array(book.parts[index].pieces()).flatMap { $0 }
      for _ in 0...random.number(0...5) {
        let place = random.number(0...bytes.count - 1)
        if random.number(0...1) == 0 { bytes[place] = UInt8(random.number(0...255)) } else { bytes.remove(at: place) }
      }
      book.add(name) { [bytes].makeIterator() }
      _ = refusal(try book.file())
    }
  }
}
