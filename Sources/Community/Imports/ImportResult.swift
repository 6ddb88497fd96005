/// What became of an imported sheet.
public struct ImportResult: Sendable, Hashable {
  /// Rows that made something new.
  public internal(set) var created = 0
  /// Rows that changed what was there.
  public internal(set) var updated = 0
  /// Rows that said what was known already.
  public internal(set) var unchanged = 0
  /// What is wrong with the other rows, in their order; nothing of those rows was taken.
  public internal(set) var problems: [ImportProblem] = []
  /// The header's columns that were not read.
  public internal(set) var ignoredColumns: [String] = []
}

/// What is wrong with a row, in the sheet or beside what the brand has already.
public struct ImportProblem: Error, Sendable, Hashable, Codable {
  /// What is wrong.
  public enum Reason: Sendable, Hashable, Codable {
    /// The cell itself.
    case cell(SheetProblem.Code)
    /// The value, by the rules of the field.
    case field(FieldProblem)
    /// The brand has no group of this name or number.
    case unknownGroup
    /// The brand has several groups of this name.
    case ambiguousGroup
    /// Somebody has edited what the row made: it was not undone.
    case editedSince
    /// Something refers to what the row made: it was not undone.
    case inUse

    /// A stable name.
    public var code: String {
      switch self {
      case .cell(let code): code.rawValue
      case .field(let problem): problem.code.rawValue
      case .unknownGroup: "unknown_group"
      case .ambiguousGroup: "ambiguous_group"
      case .editedSince: "edited_since"
      case .inUse: "in_use"
      }
    }
  }

  /// The row as a spreadsheet numbers it.
  public let row: Int
  /// The column's name in the file, or the field's when the file is not to blame; empty when the whole row is meant.
  public let column: String
  /// What is wrong.
  public let reason: Reason
  /// The cell's text where it helps.
  public let value: String
  /// For duplicates the row that came first.
  public let firstRow: Int?

  init(_ problem: SheetProblem) {
    self.init(
      row: problem.row, column: problem.column, reason: .cell(problem.code), value: problem.value,
      firstRow: problem.firstRow)
  }

  private enum CodingKeys: String, CodingKey {
    case row, column, reason, value
    case firstRow = "first_row"
  }

  init(row: Int, column: String, reason: Reason, value: String, firstRow: Int? = nil) {
    self.row = row
    self.column = column
    self.reason = reason
    self.value = value
    self.firstRow = firstRow
  }
}

extension InvalidInput {
  /// The problems of a draft that was made of a row.
  func problems(ofRow row: Int) -> [ImportProblem] {
    problems.map { problem in
      let column = String(problem.field.drop { $0 == "/" }.prefix { $0 != "/" })
      return ImportProblem(row: row, column: column, reason: .field(problem), value: problem.actual ?? "")
    }
  }
}

extension FieldCheck {
  /// The schema counts code points, of which one character on the screen may have many.
  mutating func room(_ field: String, _ value: String?, codePoints limit: Int) {
    let count = value?.unicodeScalars.count ?? 0
    if count > limit { add(field, .tooLong, limit: "\(limit)", actual: "\(count)") }
  }
}
