/// A file with a sheet in it, told by its first bytes: separated values or a workbook (XLSX).
public struct SheetDocument: Sendable {
  /// What kind of file it is.
  public enum Form: Sendable, Hashable {
    /// Separated values, in an encoding.
    case delimited(SheetEncoding)
    /// A workbook with the names of its sheets.
    case workbook([String])
  }

  /// The file.
  public let file: SpoolFile
  /// What kind of file it is.
  public let form: Form
  /// How large it may be.
  public let limits: SheetLimits

  /// Looks at a file. It stays readable as long as the value lives.
  ///
  /// - Throws: `SheetError` when it is neither of the kinds, or larger than the limits allow.
  public init(_ file: SpoolFile, limits: SheetLimits = SheetLimits()) throws(SheetError) {
    let size = file.size
    guard size <= limits.bytes else { throw .tooLarge(bytes: size, limit: limits.bytes) }
    self.file = file
    self.limits = limits
    let start = try file.read(at: 0, count: 4096)
    if start.starts(with: [0x50, 0x4B]) {
      form = .workbook(try Workbook(file, limits: limits).sheets.map(\.name))
    } else {
      if let other = OtherFormat(start) { throw .notASheet(other) }
      form = .delimited(try SheetEncoding.detect(file))
    }
  }

  /// Reads the rows from the first one.
  ///
  /// - Parameters:
  ///   - separator: of separated values; without meaning for a workbook.
  ///   - sheet: of a workbook; the first one that is not hidden when nil.
  public func rows(separator: SheetSeparator = .comma, sheet: String? = nil) throws(SheetError) -> SheetRows {
    switch form {
    case .delimited(let encoding):
      SheetRows(DelimitedText(try SheetText(file, encoding), separator: separator))
    case .workbook:
      SheetRows(try WorkbookRows(try Workbook(file, limits: limits), sheet: sheet))
    }
  }

  /// The separators to try; a workbook has none.
  public var separators: [SheetSeparator] {
    if case .delimited = form { SheetSeparator.allCases } else { [.comma] }
  }
}

/// The rows of a sheet that have any text, one after the other, in memory that does not grow with the file.
public struct SheetRows {
  private var text: DelimitedText?
  private let workbook: WorkbookRows?

  init(_ text: DelimitedText) {
    self.text = text
    workbook = nil
  }

  init(_ workbook: WorkbookRows) {
    self.workbook = workbook
  }

  /// The next row; nil after the last.
  public mutating func next() throws(SheetError) -> SheetRow? {
    while let row = try nextOfAny() {
      if !row.isBlank { return row }
    }
    return nil
  }

  private mutating func nextOfAny() throws(SheetError) -> SheetRow? {
    if let workbook { return try workbook.next() }
    return try text?.next()
  }
}

/// A file that people take for a sheet.
public enum OtherFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// A workbook of Excel 97 to 2003, or one with a password.
  case oldWorkbook = "xls"
  /// A web page, which some systems export under the name of a workbook.
  case page = "html"
  /// A document for print.
  case pdf
  /// Anything else that is no text.
  case binary

  init?(_ start: [UInt8]) {
    if start.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
      self = .oldWorkbook
    } else if start.starts(with: Array("%PDF".utf8)) {
      self = .pdf
    } else {
      let head = String(decoding: start.prefix(256), as: UTF8.self).trimmedCell.lowercased()
      let isUTF16 = start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF])
      if ["<html", "<!doctype", "<table", "<?xml", "<meta"].contains(where: head.hasPrefix) {
        self = .page
      } else if !isUTF16, start.contains(0) {
        self = .binary
      } else {
        return nil
      }
    }
  }
}
