import Foundation
import Sheets

/// What is wrong with one cell. Its row is not imported; the other rows are not touched by it.
public struct SheetProblem: Error, Sendable, Hashable, Codable {
  /// The kinds of wrong; the raw values are stable and may be translated.
  public enum Code: String, Sendable, Hashable, Codable {
    /// The cell is needed and empty.
    case required
    /// The text has more characters than allowed.
    case tooLong = "too_long"
    /// The list has more elements than allowed.
    case tooMany = "too_many"
    /// The text has a line break or a control character in its middle.
    case controlCharacter = "control_character"
    /// Not written as one of the accepted dates; month first or two-digit years cannot be told apart.
    case malformedDate = "malformed_date"
    /// Written as a date, but no calendar has it.
    case nonexistentDate = "nonexistent_date"
    /// Not a whole number.
    case malformedNumber = "malformed_number"
    /// The number is below or above its bounds.
    case outOfRange = "out_of_range"
    /// Not a mobile number of mainland China.
    case malformedPhone = "malformed_phone"
    /// A number of another country or region.
    case foreignPhone = "foreign_phone"
    /// A spreadsheet turned the number into `1.99E+10`; its last digits are gone.
    case digitsLost = "digits_lost"
    /// A spreadsheet keeps 15 digits of a number; the others have become zeros.
    case digitsRounded = "digits_rounded"
    /// The zeros at the front are gone; other values of the column have theirs.
    case zerosLost = "zeros_lost"
    /// An error of the spreadsheet such as `#REF!`, or a formula that was never worked out.
    case formulaFailed = "formula_failed"
    /// Neither a robot's webhook address nor its key.
    case malformedRobot = "malformed_robot"
    /// A quote stands within a cell that is not quoted, or text follows a closing quote.
    case strayQuote = "stray_quote"
    /// The row has more cells than the header.
    case extraCells = "extra_cells"
    /// An earlier row has the same value here, which has to be unique.
    case duplicate
  }

  /// The row as a spreadsheet numbers it: the header is 1, blank rows count.
  public let row: Int
  /// The column's name as the file's header has it; empty when the whole row is meant.
  public let column: String
  /// What is wrong.
  public let code: Code
  /// The cell's text, cut to 40 characters and before a robot's key; empty when the row's form is wrong.
  public let value: String
  /// For duplicates the row that came first.
  public let firstRow: Int?

  init(row: Int, column: String, code: Code, value: String, firstRow: Int? = nil) {
    self.row = row
    self.column = column
    self.code = code
    self.value = Self.clipped(value)
    self.firstRow = firstRow
  }

  /// A webhook's address may have slipped into any column.
  static func clipped(_ value: String) -> String {
    let secret = value.range(of: "key=", options: .caseInsensitive)
    let shown = value[..<(secret?.upperBound ?? value.endIndex)].prefix(40)
    return shown.endIndex < value.endIndex ? shown + "…" : value
  }

  private enum CodingKeys: String, CodingKey {
    case row, column, code, value
    case firstRow = "first_row"
  }
}

extension SheetProblem.Code {
  init(_ damage: SheetDamage) {
    self =
      switch damage {
      case .scientific: .digitsLost
      case .rounded: .digitsRounded
      case .zerosLost: .zerosLost
      case .formula: .formulaFailed
      }
  }
}
