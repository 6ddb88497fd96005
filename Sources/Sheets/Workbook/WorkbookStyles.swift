/// Which formats of a workbook show a number as a day.
final class WorkbookStyles: XMLVisitor {
  /// By the number that a cell names.
  private(set) var isDate: [Bool] = []

  /// Excel allows as many.
  private static let mostFormats = 65_536

  private var custom: [Int: Bool] = [:]
  private var isInCellFormats = false

  func begin(_ name: XMLName, _ attributes: XMLAttributes) throws(SheetError) {
    if name == "numFmt", custom.count < Self.mostFormats, let id = attributes.number("numFmtId") {
      custom[id] = Self.showsDate(attributes["formatCode"] ?? "")
    } else if name == "cellXfs" {
      isInCellFormats = true
    } else if name == "xf", isInCellFormats {
      guard isDate.count < Self.mostFormats else { throw .damagedWorkbook(part: "styles") }
      let id = attributes.number("numFmtId") ?? 0
      isDate.append(custom[id] ?? Self.builtIn(id))
    }
  }

  func end(_ name: XMLName) {
    if name == "cellXfs" { isInCellFormats = false }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}

  /// The formats that need no code; 27 to 36 and 50 to 58 are those of East Asia.
  private static func builtIn(_ id: Int) -> Bool {
    (14...22).contains(id) || (27...36).contains(id) || (45...47).contains(id) || (50...58).contains(id)
  }

  /// A format shows a day or a time when one of the letters for their parts stands outside of quotes and brackets.
  static func showsDate(_ code: String) -> Bool {
    var closing: Character?
    var skipsNext = false
    for character in code.prefix(255) {
      if let end = closing {
        if character == end { closing = nil }
      } else if skipsNext {
        skipsNext = false
      } else {
        switch character {
        case "\"": closing = "\""
        case "[": closing = "]"
        case "\\", "_", "*": skipsNext = true
        case ";": return false
        case "y", "Y", "m", "M", "d", "D", "h", "H", "s", "S": return true
        default: break
        }
      }
    }
    return false
  }
}
