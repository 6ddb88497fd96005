public import Almanac

/// A date in a cell, with a time of day if the cell has one.
public struct SheetDate: Sendable, Hashable, Codable {
  /// The day.
  public let date: CivilDate
  /// The time on it.
  public let time: WallTime?
}

extension SheetDate {
  /// Reads `2026-03-08`, `2026/3/8`, `2026.3.8`, `2026年3月8日`, `20260308`, each also with a time (`14:05` or `9:05:30`),
  /// and the number that a spreadsheet keeps for a day (46089, or 46089.5 at noon), counted from 1900.
  ///
  /// What could mean two dates, such as `3/8/2026` or `26-3-8`, is malformed.
  init(cell: String) throws(SheetProblem.Code) {
    if let serial = Self.serial(cell) {
      self = serial
      return
    }
    let parts = cell.split(maxSplits: 1) { $0 == " " || $0 == "T" || $0 == "\u{3000}" }
    guard let day = parts.first, let numbers = Self.dayNumbers(String(day)) else { throw .malformedDate }
    do { date = try CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]) } catch { throw .nonexistentDate }
    time = parts.count == 2 ? try Self.time(parts[1]) : nil
  }

  private static func dayNumbers(_ text: String) -> [Int]? {
    if text.utf8.count == 8, let number = digits(text) { return [number / 10_000, number / 100 % 100, number % 100] }
    let isChinese = text.hasSuffix("日")
    let marks: Set<Character> = isChinese ? ["年", "月"] : ["-", "/", "."]
    let body = isChinese ? text.dropLast() : text[...]
    guard isChinese || Set(body.filter(marks.contains)).count == 1 else { return nil }
    let parts = body.split(omittingEmptySubsequences: false) { marks.contains($0) }
    guard parts.count == 3, parts[0].utf8.count == 4, parts[1...].allSatisfy({ (1...2).contains($0.utf8.count) }) else {
      return nil
    }
    let numbers = parts.compactMap { digits($0) }
    return numbers.count == 3 ? numbers : nil
  }

  private static func time(_ text: Substring) throws(SheetProblem.Code) -> WallTime {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { (1...2).contains($0.utf8.count) ? digits($0) : nil }
    guard (2...3).contains(parts.count), numbers.count == parts.count else { throw .malformedDate }
    do {
      return try WallTime(hour: numbers[0], minute: numbers[1], second: numbers.count > 2 ? numbers[2] : 0)
    } catch { throw .nonexistentDate }
  }

  /// Five digits are the years 1927 to 2173; fewer are as likely an age or a row number.
  private static func serial(_ text: String) -> SheetDate? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts[0].utf8.count == 5, let days = digits(parts[0]), days >= 10_000 else { return nil }
    // Spreadsheets count 1900-01-00 as 0 and believe in a 1900-02-29, so later days are counted from 1899-12-30.
    let date = CivilDate(dayNumber: days - 25_569)
    guard parts.count == 2 else { return SheetDate(date: date, time: nil) }
    guard digits(parts[1]) != nil, let fraction = Double("0." + parts[1]) else { return nil }
    let second = Int((fraction * 86_400).rounded())
    guard second < 86_400 else { return SheetDate(date: date.advanced(by: 1), time: .midnight) }
    return SheetDate(
      date: date, time: try? WallTime(hour: second / 3600, minute: second / 60 % 60, second: second % 60))
  }

  private static func digits(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}
