/// A row of a sheet that has any text.
public struct SheetRow: Sendable, Hashable, Codable {
  /// The row as a spreadsheet numbers it, from 1, blank ones included.
  public let number: Int
  /// Its cells from the first column on.
  public var cells: [SheetCell]
  /// The index of the first cell whose quotes are broken.
  public var strayQuote: Int?

  /// A row.
  public init(number: Int, cells: [SheetCell], strayQuote: Int? = nil) {
    self.number = number
    self.cells = cells
    self.strayQuote = strayQuote
  }

  /// Most cells: as many as old spreadsheets had. It bounds the memory that a file of separators alone can take.
  public static let mostCells = 256
  /// Most bytes that the texts of a row have together.
  public static let mostBytes = 1 << 20

  var isBlank: Bool { cells.allSatisfy { $0.text.trimmedCell.isEmpty } }
}

/// One cell as text, and what the file says that it is.
public struct SheetCell: Sendable, Hashable, Codable {
  /// What a workbook keeps a cell as. In separated values all is text.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// Text, as it is.
    case text
    /// A number, in plain digits where that loses nothing.
    case number
    /// A day as `2026-03-08`, with a time of day if it has one.
    case date
    /// `TRUE` or `FALSE`.
    case boolean
    /// An error of the spreadsheet, such as `#REF!`, or a formula that was never worked out.
    case fault
  }

  /// What it says.
  public let text: String
  /// What it is.
  public let kind: Kind

  /// A cell.
  public init(_ text: String, _ kind: Kind = .text) {
    self.text = text
    self.kind = kind
  }
}

extension String {
  /// Without white space (the ideographic one included), byte order marks and zero-width spaces at both ends.
  public var trimmedCell: String {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || scalar == "\u{FEFF}" || scalar == "\u{200B}"
    }
    // Most cells need nothing.
    if let first = utf8.first, let last = utf8.last, (0x21...0x7E).contains(first), (0x21...0x7E).contains(last) {
      return self
    }
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }),
      let last = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}
