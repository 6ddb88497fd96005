import CMinizip
import Foundation

@testable import Sheets

/// Workbooks made part by part, sound ones and others.
struct MadeWorkbook {
  var parts: [(name: String, pieces: () -> AnyIterator<[UInt8]>)] = []

  /// A workbook whose first sheet has the given XML in its `sheetData`.
  init(rows: String, strings: [String] = [], formats: [Int] = [], properties: String = "") {
    let types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    add(
      "_rels/.rels",
      #"<Relationships><Relationship Id="r1" Type="\#(types)/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    )
    add(
      "xl/workbook.xml",
      #"<workbook>\#(properties)<sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>"#)
    add(
      "xl/_rels/workbook.xml.rels",
      """
      <Relationships><Relationship Id="r1" Type="\(types)/worksheet" Target="worksheets/sheet1.xml"/>
      <Relationship Id="r2" Type="\(types)/sharedStrings" Target="/xl/sharedStrings.xml"/>
      <Relationship Id="r3" Type="\(types)/styles" Target="./styles.xml"/></Relationships>
      """)
    add("xl/sharedStrings.xml", "<sst>" + strings.map { "<si>\($0)</si>" }.joined() + "</sst>")
    add(
      "xl/styles.xml",
      "<styleSheet><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>"
        + formats.map { "<xf numFmtId=\"\($0)\"/>" }.joined() + "</cellXfs></styleSheet>")
    add("xl/worksheets/sheet1.xml", "<worksheet><sheetData>\(rows)</sheetData></worksheet>")
  }

  mutating func add(_ name: String, _ text: String) {
    add(name) { [Array(text.utf8)].makeIterator() }
  }

  mutating func add<Pieces: IteratorProtocol>(_ name: String, _ pieces: @escaping () -> Pieces)
  where Pieces.Element == [UInt8] {
    parts.removeAll { $0.name == name }
    parts.append((name, { AnyIterator(pieces()) }))
  }

  func file() throws -> SpoolFile {
    let file = try SpoolFile()
    let zip = zipOpen64(file.path, APPEND_STATUS_CREATE)
    for part in parts {
      var info = zip_fileinfo()
      zipOpenNewFileInZip64(zip, part.name, &info, nil, 0, nil, 0, nil, 8, 1, 1)
      for piece in part.pieces() {
        _ = piece.withUnsafeBytes { zipWriteInFileInZip(zip, $0.baseAddress, UInt32($0.count)) }
      }
      zipCloseFileInZip(zip)
    }
    zipClose(zip, nil)
    return file
  }
}

/// All rows of a file.
func rows(_ file: SpoolFile, sheet: String? = nil, limits: SheetLimits = SheetLimits()) throws -> [SheetRow] {
  var rows = try SheetDocument(file, limits: limits).rows(sheet: sheet)
  var all: [SheetRow] = []
  while let row = try rows.next() { all.append(row) }
  return all
}

/// How much memory of its own the process has at present.
func residentBytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
  return (line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0) << 10
}
