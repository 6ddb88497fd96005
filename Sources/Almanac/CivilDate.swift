/// A day of the Gregorian calendar, without a zone or a time: what a person means by "the 8th of March".
///
/// It is stored as a count of days, so comparing and adding are one integer operation; year, month and day are computed.
public struct CivilDate: Sendable, Hashable, Comparable, Strideable {
  /// Days since 1970-01-01; negative before it.
  public let dayNumber: Int

  /// The day that lies so many days after 1970-01-01.
  public init(dayNumber: Int) {
    self.dayNumber = dayNumber
  }

  /// The day with these numbers, in the years 1 to 9999.
  /// - Throws: `CivilDateError.noSuchDay` for a day that the calendar does not have, such as 2026-02-29.
  public init(year: Int, month: Int, day: Int) throws(CivilDateError) {
    guard Self.years.contains(year), (1...12).contains(month), day >= 1,
      day <= Self.daysInMonth(month, ofYear: year)
    else { throw .noSuchDay(year: year, month: month, day: day) }
    dayNumber = Self.dayNumber(year: year, month: month, day: day)
  }

  /// Reads `2026-03-08`: four, two and two digits, nothing before or after.
  /// - Throws: `CivilDateError`, which carries the text or the numbers that were refused.
  public init(iso text: String) throws(CivilDateError) {
    guard let numbers = FixedDigits.read(text, widths: [4, 2, 2], separator: "-") else { throw .malformed(text) }
    try self.init(year: numbers[0], month: numbers[1], day: numbers[2])
  }

  /// The year, 1 to 9999 for every date that was parsed.
  public var year: Int { components.year }
  /// The month, 1 to 12.
  public var month: Int { components.month }
  /// The day of the month, 1 to 31.
  public var day: Int { components.day }

  /// The day of the week.
  public var weekday: Weekday {
    // 1970-01-01 was a Thursday.
    let number = (dayNumber + Weekday.thursday.rawValue - 1).flooredRemainder(by: 7) + 1
    return Weekday(rawValue: number) ?? .monday
  }

  /// The Monday of this day's week.
  public var mondayOfWeek: CivilDate { advanced(by: 1 - weekday.rawValue) }

  /// The day so many days later, or earlier when `days` is negative.
  public func advanced(by days: Int) -> CivilDate { CivilDate(dayNumber: dayNumber + days) }

  /// How many days `other` is later than this day.
  public func distance(to other: CivilDate) -> Int { other.dayNumber - dayNumber }

  /// Earlier days come first.
  public static func < (lhs: CivilDate, rhs: CivilDate) -> Bool { lhs.dayNumber < rhs.dayNumber }
}

/// Why a text or three numbers are no date.
public enum CivilDateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text is not written as `2026-03-08`.
  case malformed(String)
  /// The calendar has no such day.
  case noSuchDay(year: Int, month: Int, day: Int)

  /// The reason in words, with what was refused.
  public var description: String {
    switch self {
    case .malformed(let text): "\"\(text)\" is not a date written as 2026-03-08"
    case .noSuchDay(let year, let month, let day): "there is no day \(year)-\(month)-\(day)"
    }
  }
}

extension CivilDate {
  static let years = 1...9999

  /// The last day that occurrences may fall on; a rule without an end stops here.
  static let last = CivilDate(dayNumber: dayNumber(year: 9999, month: 12, day: 31))

  static func daysInMonth(_ month: Int, ofYear year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: isLeap(year) ? 29 : 28
    default: 31
    }
  }

  private static func isLeap(_ year: Int) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }

  /// Days from 0001-01-01 to the first of January of `year`.
  private static func daysBefore(year: Int) -> Int {
    let past = year - 1
    return past * 365 + past.flooredQuotient(by: 4) - past.flooredQuotient(by: 100) + past.flooredQuotient(by: 400)
  }

  private static let epoch = daysBefore(year: 1970)

  private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let months = (1..<month).reduce(0) { $0 + daysInMonth($1, ofYear: year) }
    return daysBefore(year: year) - epoch + months + day - 1
  }

  private var components: (year: Int, month: Int, day: Int) {
    let days = dayNumber + Self.epoch
    // 400 years have 146,097 days; the estimate is at most one year off.
    var year = (days * 400).flooredQuotient(by: 146_097) + 1
    while Self.daysBefore(year: year) > days { year -= 1 }
    while Self.daysBefore(year: year + 1) <= days { year += 1 }
    var rest = days - Self.daysBefore(year: year)
    var month = 1
    while rest >= Self.daysInMonth(month, ofYear: year) {
      rest -= Self.daysInMonth(month, ofYear: year)
      month += 1
    }
    return (year, month, rest + 1)
  }
}

extension CivilDate: Codable, CustomStringConvertible, LosslessStringConvertible {
  /// The date as `2026-03-08`.
  public var description: String {
    let (year, month, day) = components
    return "\(FixedDigits.padded(year, 4))-\(FixedDigits.padded(month, 2))-\(FixedDigits.padded(day, 2))"
  }

  /// Reads `2026-03-08`; nil for anything else.
  public init?(_ description: String) {
    guard let date = try? CivilDate(iso: description) else { return nil }
    self = date
  }

  /// Decodes `"2026-03-08"`; anything else is a `DecodingError` that says why.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do { try self.init(iso: text) } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Encodes `"2026-03-08"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
