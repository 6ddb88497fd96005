/// A workbook in the form of Office Open XML: what its parts are and how its cells are to be understood.
final class Workbook {
  struct Sheet: Hashable {
    let name: String
    let isHidden: Bool
    let part: String
  }

  let archive: ZipArchive
  let limits: SheetLimits
  let sheets: [Sheet]
  /// Whether days are counted from 1904, as old spreadsheets of the Mac did.
  let countsFrom1904: Bool
  private let stylesPart: String?
  private let stringsPart: String?

  init(_ file: SpoolFile, limits: SheetLimits) throws(SheetError) {
    let archive = try ZipArchive(file, limits: limits)
    let root = try Relations("_rels/.rels", of: "", in: archive)
    guard let part = root.target(ofType: "/officeDocument") else { throw .damagedWorkbook(part: "_rels/.rels") }
    let folder = part.contains("/") ? String(part[...(part.lastIndex(of: "/") ?? part.startIndex)]) : ""
    let name = part.dropFirst(folder.count)
    let relations = try Relations("\(folder)_rels/\(name).rels", of: folder, in: archive)
    let outline = WorkbookOutline()
    try archive.walk(part, outline)
    let sheets = outline.sheets.compactMap { sheet in
      relations.targets[sheet.relation].map { Sheet(name: sheet.name, isHidden: sheet.isHidden, part: $0) }
    }
    guard !sheets.isEmpty else { throw .damagedWorkbook(part: part) }
    (self.archive, self.limits, self.sheets) = (archive, limits, sheets)
    countsFrom1904 = outline.countsFrom1904
    stylesPart = relations.target(ofType: "/styles")
    stringsPart = relations.target(ofType: "/sharedStrings")
  }

  /// - Throws: `SheetError.unknownSheet`.
  func sheet(_ name: String?) throws(SheetError) -> Sheet {
    if let name {
      if let sheet = sheets.first(where: { $0.name == name }) { return sheet }
      throw .unknownSheet(name: name, sheets: sheets.map(\.name))
    }
    return sheets.first { !$0.isHidden } ?? sheets[0]
  }

  /// Which of the formats of cells show a number as a day.
  func dateFormats() throws(SheetError) -> [Bool] {
    guard let stylesPart, archive.has(stylesPart) else { return [] }
    let styles = WorkbookStyles()
    try archive.walk(stylesPart, styles)
    return styles.isDate
  }

  /// The texts that cells name by number.
  func strings() throws(SheetError) -> SpilledStrings {
    let strings = try SpilledStrings()
    if let stringsPart, archive.has(stringsPart) {
      try archive.walk(stringsPart, SharedStringsVisitor(strings))
    }
    return strings
  }
}

extension ZipArchive {
  /// Reads a whole part.
  func walk(_ part: String, _ visitor: any XMLVisitor) throws(SheetError) {
    let walk = try XMLWalk(part, visitor)
    try read(part) { bytes throws(SheetError) in try walk.feed(bytes) }
    try walk.feed(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
  }
}

/// What a part refers to, by the names that it uses for it.
private final class Relations: XMLVisitor {
  private(set) var targets: [String: String] = [:]
  private var types: [(type: String, target: String)] = []
  private let folder: String

  init(_ part: String, of folder: String, in archive: ZipArchive) throws(SheetError) {
    self.folder = folder
    try archive.walk(part, self)
  }

  func target(ofType suffix: String) -> String? { types.first { $0.type.hasSuffix(suffix) }?.target }

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    guard name == "Relationship", targets.count < ZipArchive.mostEntries, let id = attributes["Id"],
      let type = attributes["Type"], let target = attributes["Target"]
    else { return }
    let path = Self.plain(target.hasPrefix("/") ? String(target.dropFirst()) : folder + target)
    targets[id] = path
    types.append((type, path))
  }

  func end(_ name: XMLName) {}
  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}

  private static func plain(_ path: String) -> String {
    var steps: [Substring] = []
    for step in path.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return steps.joined(separator: "/")
  }
}

/// The list of sheets in a workbook's own part.
private final class WorkbookOutline: XMLVisitor {
  private(set) var sheets: [(name: String, isHidden: Bool, relation: String)] = []
  private(set) var countsFrom1904 = false

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    if name == "workbookPr" {
      countsFrom1904 = ["1", "true"].contains(attributes["date1904"] ?? "")
    } else if name == "sheet", sheets.count < 1000, let title = attributes["name"], let relation = attributes["id"] {
      sheets.append((title, attributes["state"].map { $0 != "visible" } ?? false, relation))
    }
  }

  func end(_ name: XMLName) {}
  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
}
