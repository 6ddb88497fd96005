import Foundation
import TestSupport
import Testing

@testable import Sheets

@Suite struct WorkbookTests {
  private func fixture(_ name: String) throws -> SpoolFile {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Workbooks")
    return try SpoolFile(try Data(contentsOf: folder.appending(path: name)))
  }

  private func shown(_ row: SheetRow) -> [String] {
    row.cells.map { "\($0.kind == .text ? "" : "\($0.kind):")\($0.text)" }
  }

  @Test func readsWhatOpenpyxlWrites() throws {
    let file = try fixture("openpyxl.xlsx")
    #expect(try SheetDocument(file).form == .workbook(["群", "隐藏", "会员"]))
    let read = try rows(file)
    #expect(read.map(\.number) == [1, 2, 4, 5, 10])
    #expect(shown(read[0]) == ["群名称", "群ID", "人数上限", "建群日期", "开场", "备注", "在用", "公式"])
    #expect(
      shown(read[1]) == [
        "一群", "wr-1", "number:300", "date:2026-03-08", "date:2026-03-08 09:30", "", "boolean:TRUE", "fault:=",
      ])
    #expect(
      shown(read[2]) == [
        "二群", "number:13800000001", "number:1.5", "number:0.3958333333333333", "date:1900-03-01", " 两行\n备注 ",
        "boolean:FALSE",
      ])
    #expect(shown(read[3]) == ["三群", "number:110101199001011200", "number:0.1", "", "", "=文本"])
    #expect(try rows(file, sheet: "会员").map(shown) == [["昵称", "手机号"], ["小鱼", "13800000001"]])
    #expect(throws: SheetError.unknownSheet(name: "x", sheets: ["群", "隐藏", "会员"])) { try rows(file, sheet: "x") }
  }

  @Test func readsWhatPandasWrites() throws {
    let read = try rows(try fixture("pandas.xlsx"))
    #expect(
      read.map(shown) == [
        ["昵称", "手机号", "生日"], ["甲", "number:13800000001", "date:1990-03-08"], ["乙"],
        ["丙", "number:13800000003", "date:2000-02-29"],
      ])
  }

  @Test func readsWhatLibreOfficeWrites() throws {
    let read = try rows(try fixture("libreoffice.xlsx"))
    #expect(
      read.map(shown) == [
        ["群名称", "群ID", "人数上限", "建群日期", "坏"], ["一群", "0042", "number:300", "date:2026-03-08", "fault:#DIV/0!"],
        ["二群", "number:13800000001"],
      ])
  }

  @Test func cellsOfEveryType() throws {
    let book = MadeWorkbook(
      rows: """
        <row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="str"><f>A1</f><v>算出来的</v></c></row>
        <row r="7"><c r="C7" t="e"><v>#REF!</v></c><c r="E7" t="d"><v>2026-03-08T00:00:00.000Z</v></c>
        <c r="F7" s="1"><v>46089.5</v></c><c r="AA7"><v>1.5E3</v></c><c r="AB7" s="1"/></row>
        """,
      strings: ["<t>一</t>", "<r><t>甲</t></r><r><t>乙_x000D_</t></r><rPh><t>jia</t></rPh>"], formats: [0, 22])
    let read = try rows(try book.file())
    #expect(read.map(\.number) == [1, 7])
    #expect(shown(read[0]) == ["一", "甲乙\r", "算出来的"])
    #expect(
      shown(read[1]) == ["", "", "fault:#REF!", "", "date:2026-03-08", "date:2026-03-08 12:00"]
        + Array(repeating: "", count: 20) + ["number:1500"])
  }

  @Test func daysCountedFrom1904() throws {
    let book = MadeWorkbook(
      rows: #"<row><c s="0"><v>44627</v></c></row>"#, formats: [14], properties: #"<workbookPr date1904="1"/>"#)
    #expect(try rows(try book.file()).map(shown) == [["date:2026-03-08"]])
  }

  @Test(arguments: [
    ("yyyy-mm-dd", true), ("yyyy\"年\"m\"月\"d\"日\"", true), ("[$-804]yyyy/m/d;@", true), ("General", false),
    ("0.00", false),
    ("#,##0\"day\"", false), ("[Red]0", false), ("\\d0", false), ("@", false), ("h:mm:ss", true),
  ])
  func formatsOfDays(_ code: String, _ isDate: Bool) {
    #expect(WorkbookStyles.showsDate(code) == isDate)
  }

  @Test(arguments: [
    ("13800000001", "13800000001"), ("1.3800000001E10", "13800000001"), ("1.38E+10", "13800000000"), ("-1.5e1", "-15"),
    ("1.5E-3", "1.5E-3"), ("1.23E1", "1.23E1"), ("42.0", "42"), ("0.10", "0.10"), ("1E400", "1E400"), ("", ""),
    ("E5", "E5"),
  ])
  func numbersArePlainWhereNothingIsLost(_ stored: String, _ plain: String) {
    #expect(SheetNumber.plain(stored) == plain)
  }

  /// The law: what was written is read back, whichever format it goes through.
  @Test(arguments: SheetFileFormat.allCases)
  func randomTablesAreReadBack(_ format: SheetFileFormat) throws {
    var random = TableRandom()
    let pieces = [
      "辰辰妈", "13800000001", "0042", "=1+1", "'", "+86", "-", "@", "\"", ",", "\n", "😀", "_x000D_", "<&>", "é", "1E5",
    ]
    for _ in 0..<60 {
      let width = random.number(1...8)
      let table = (0..<random.number(1...30)).map { _ in
        (0..<width).map { _ in (0..<random.number(0...3)).map { _ in random.pick(pieces) }.joined() } + ["。"]
      }
      let writer = try format.writer((0...width).map { SheetTitle("列\($0)") }, name: "表")
      for row in table { try writer.append(row.map { $0.isEmpty ? .empty : .text($0) }) }
      let read = try rows(try writer.finish()).dropFirst().map { row in
        row.cells.map { format == .csv ? FormulaGuard.removed(from: $0.text) : $0.text }
      }
      try #require(Array(read) == table, "\(format) \(random)")
    }
  }

  @Test func whatLooksLikeAFormulaIsGuarded() {
    for text in ["=1", "+86", "-1", "@a", "\tx", "'=1", "''=1"] {
      #expect(FormulaGuard.added(to: text) == "'" + text)
      #expect(FormulaGuard.removed(from: "'" + text) == text)
    }
    for text in ["", "a", "'", "'a", "1"] {
      #expect(FormulaGuard.added(to: text) == text && FormulaGuard.removed(from: text) == text)
    }
  }

  @Test func textAndNumbersStayWhatTheyWere() throws {
    let writer = try WorkbookWriter([SheetTitle("手机号"), SheetTitle("人数", isText: false)], name: "成员")
    try writer.append([.text("013800000001"), .number(300)])
    try writer.append([.text(String(repeating: "群", count: 40_000)), .empty])
    let read = try rows(try writer.finish())
    #expect(shown(read[1]) == ["013800000001", "number:300"])
    #expect(read[2].cells[0].text.count == 32_767)
  }
}
