import Almanac
import Sheets

/// Reads the cells of one row into values and notes what is wrong with each, rather than stop at the first.
struct SheetCells<Field: SheetField> {
  let row: Int
  let cells: [Field: String]
  let headers: [Field: String]
  private(set) var problems: [SheetProblem] = []
  /// What a spreadsheet did to cells, which then have no value any more.
  private let damages: [Field: SheetDamage]

  init(row: Int, cells: [Field: String], damages: [Field: SheetDamage], headers: [Field: String]) {
    self.row = row
    self.cells = cells
    self.damages = damages
    self.headers = headers
  }

  /// Notes what is wrong with the form of the row. The text is not quoted: it may belong to any column.
  mutating func note(_ code: SheetProblem.Code, inColumn column: String) {
    problems.append(SheetProblem(row: row, column: column, code: code, value: ""))
  }

  mutating func note(_ code: SheetProblem.Code, _ field: Field, _ value: String, firstRow: Int? = nil) {
    let column = headers[field] ?? field.names[0]
    problems.append(SheetProblem(row: row, column: column, code: code, value: value, firstRow: firstRow))
  }

  /// The cell's text; nil when it is empty or wrong.
  mutating func text(_ field: Field, most characters: Int) -> String? {
    guard let text = whole(field) else { return nil }
    return isSound(text, field, most: characters) ? text : nil
  }

  /// The parts of a cell between separators, each once; empty parts are left out.
  mutating func list(
    _ field: Field, separators: Set<Character>, most count: Int, each characters: Int
  ) -> [String] {
    var parts: [String] = []
    guard let text = whole(field) else { return [] }
    for part in text.split(whereSeparator: { separators.contains($0) }).map({ String($0).trimmedCell })
    where !part.isEmpty && !parts.contains(part) {
      guard isSound(part, field, most: characters) else { return [] }
      parts.append(part)
    }
    if parts.count > count { note(.tooMany, field, text) }
    return parts
  }

  mutating func wholeNumber(_ field: Field, in range: ClosedRange<Int>) -> Int? {
    guard let text = whole(field) else { return nil }
    guard let number = Int(text) else {
      note(.malformedNumber, field, text)
      return nil
    }
    guard range.contains(number) else {
      note(.outOfRange, field, text)
      return nil
    }
    return number
  }

  /// The cell as `read` understands it; nil when it is empty or wrong. `shown` is what a problem may quote of it.
  mutating func value<Value>(
    _ field: Field, shown: (String) -> String = { $0 }, _ read: (String) throws(SheetProblem.Code) -> Value
  ) -> Value? {
    guard let text = whole(field) else { return nil }
    do { return try read(text) } catch {
      note(error, field, shown(text))
      return nil
    }
  }

  /// The cell as it was before a spreadsheet could do anything to it; nil when it is empty or damaged.
  private mutating func whole(_ field: Field) -> String? {
    guard let text = cells[field], !text.isEmpty else { return nil }
    guard let damage = damages[field] else { return text }
    note(SheetProblem.Code(damage), field, text)
    return nil
  }

  private mutating func isSound(_ text: String, _ field: Field, most characters: Int) -> Bool {
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      note(.controlCharacter, field, text)
      return false
    }
    if text.count > characters {
      note(.tooLong, field, text)
      return false
    }
    return true
  }
}

extension SheetProblem.Code: Error {}

/// Finds values that have to be unique within a sheet. It keeps 16 bytes of each, whatever its length: a hundred thousand
/// rows take some megabytes.
struct SheetUniqueness<Value: Hashable> {
  private struct Digest: Hashable {
    let first: Int
    let second: Int

    init(_ value: Value) {
      // Keyed by the process, so that nobody can make two values that look the same.
      var (one, other) = (Hasher(), Hasher())
      one.combine(0)
      other.combine(1)
      one.combine(value)
      other.combine(value)
      (first, second) = (one.finalize(), other.finalize())
    }
  }

  private var firstRows: [Digest: Int32] = [:]

  /// The row that had this value before; nil, and remembers it, when none had.
  mutating func earlierRow(with value: Value, at row: Int) -> Int? {
    let digest = Digest(value)
    if let earlier = firstRows[digest] { return Int(earlier) }
    firstRows[digest] = Int32(clamping: row)
    return nil
  }
}
