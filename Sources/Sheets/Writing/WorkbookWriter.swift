import CXlsxWriter

/// Writes a workbook with one sheet: its header is bold and stays in sight. libxlsxwriter keeps one row in memory.
public final class WorkbookWriter: SheetWriter {
  private let file: SpoolFile
  private let titles: [SheetTitle]
  private var workbook: UnsafeMutablePointer<lxw_workbook>?
  private let sheet: UnsafeMutablePointer<lxw_worksheet>
  private let textFormat: UnsafeMutablePointer<lxw_format>?
  private var row: UInt32 = 1

  /// A spreadsheet has no more rows, and no longer text in a cell.
  private static let mostRows: UInt32 = 1_048_576
  private static let mostCharacters = 32_767

  /// A workbook with a header in a sheet of the given name.
  public init(_ titles: [SheetTitle], name: String) throws(SheetError) {
    file = try SpoolFile()
    self.titles = titles
    var options = lxw_workbook_options()
    options.constant_memory = 1
    guard let workbook = workbook_new_opt(file.path, &options),
      let sheet = workbook_add_worksheet(workbook, name)
    else { throw .storage(errno: 0) }
    self.workbook = workbook
    self.sheet = sheet
    textFormat = workbook_add_format(workbook)
    format_set_num_format_index(textFormat, 49)
    let bold = workbook_add_format(workbook)
    format_set_bold(bold)
    for (column, title) in titles.enumerated() {
      worksheet_set_column(sheet, UInt16(column), UInt16(column), title.width, title.isText ? textFormat : nil)
      worksheet_write_string(sheet, 0, UInt16(column), title.text, bold)
    }
    worksheet_freeze_panes(sheet, 1, 0)
  }

  deinit {
    if let workbook { workbook_close(workbook) }
  }

  /// Adds a row.
  public func append(_ values: [SheetValue]) throws(SheetError) {
    guard row < Self.mostRows else { throw .tooManyRows(limit: Int(Self.mostRows) - 1) }
    for (column, value) in values.enumerated() {
      switch value {
      case .empty: break
      case .number(let number): worksheet_write_number(sheet, row, UInt16(column), Double(number), nil)
      case .text(let text): worksheet_write_string(sheet, row, UInt16(column), Self.writable(text), textFormat)
      }
    }
    row += 1
  }

  /// Ends the file.
  public func finish() throws(SheetError) -> SpoolFile {
    guard let workbook else { return file }
    self.workbook = nil
    guard workbook_close(workbook) == LXW_NO_ERROR else { throw .storage(errno: 0) }
    return file
  }

  /// A text that C takes whole and a cell can hold.
  private static func writable(_ text: String) -> String {
    var text = text.utf8.contains(0) ? text.replacing("\0", with: "") : text
    // What looks like an escape is none.
    if text.contains("_x") { text = text.replacing(/_(?=x[0-9A-Fa-f]{4}_)/, with: "_x005F_") }
    guard text.utf8.count > mostCharacters else { return text }
    // A spreadsheet counts as UTF-16 does.
    var (kept, count) = (String.UnicodeScalarView(), 0)
    for scalar in text.unicodeScalars {
      count += UTF16.width(scalar)
      if count > mostCharacters { break }
      kept.append(scalar)
    }
    return String(kept)
  }
}
