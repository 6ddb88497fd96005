/// A column of a sheet that is written.
public struct SheetTitle: Sendable, Hashable {
  /// What the header says.
  public let text: String
  /// How wide it is shown, in characters.
  public let width: Double
  /// Whether its cells are text whatever they look like: ids, telephone numbers. A spreadsheet then leaves them alone,
  /// also when somebody types into an empty cell.
  public let isText: Bool

  /// A column.
  public init(_ text: String, width: Double = 18, isText: Bool = true) {
    self.text = text
    self.width = width
    self.isText = isText
  }
}

/// A value of a sheet that is written.
public enum SheetValue: Sendable, Hashable {
  /// Text, never taken for anything else.
  case text(String)
  /// A number.
  case number(Int)
  /// Nothing.
  case empty

  /// Text, or nothing.
  public init(_ text: String?) {
    self = text.map { .text($0) } ?? .empty
  }
}

/// The formats in which sheets are written.
public enum SheetFileFormat: String, Sendable, Hashable, CaseIterable {
  /// A workbook of Office Open XML.
  case xlsx
  /// Separated values in UTF-8.
  case csv

  /// The media type.
  public var mediaType: String {
    switch self {
    case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    case .csv: "text/csv; charset=utf-8"
    }
  }

  /// A writer of a sheet with these columns.
  public func writer(_ titles: [SheetTitle], name: String) throws(SheetError) -> any SheetWriter {
    switch self {
    case .xlsx: try WorkbookWriter(titles, name: name)
    case .csv: try DelimitedWriter(titles)
    }
  }
}

/// Writes a sheet row by row into a file, in memory that does not grow with it.
public protocol SheetWriter: AnyObject {
  /// Adds a row.
  func append(_ row: [SheetValue]) throws(SheetError)
  /// Ends the file and hands it over. Nothing can be added after it.
  func finish() throws(SheetError) -> SpoolFile
}
