/// A day of the proleptic Gregorian calendar without a time or a zone: the server's `date`.
public struct PostgresDate: Sendable, Hashable {
  /// The year; 0 is 1 BC.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, from 1.
  public let day: Int

  /// The day of these numbers, or nil where the calendar has none or the server cannot keep it (before 4714 BC, after
  /// 5874897).
  public init?(year: Int, month: Int, day: Int) {
    guard Self.years.contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let number = Self.dayNumber(year: year, month: month, day: day)
    guard Self.dayNumbers.contains(number) else { return nil }
    self.init(dayNumber: number)
    guard self.year == year, self.month == month, self.day == day else { return nil }
  }

  /// A day by its distance from 2000-01-01.
  init(dayNumber: Int) {
    // Years begin in March here, so that the leap day is a year's last; an era has 400 years.
    let shifted = dayNumber + Self.daysFromMarchOfYear0
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The distance from 2000-01-01 in days.
  var dayNumber: Int { Self.dayNumber(year: year, month: month, day: day) }

  private static let daysFromMarchOfYear0 = 730_425
  private static let years = -4_713...5_874_897
  private static let dayNumbers = -2_451_507...2_145_031_948

  private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - daysFromMarchOfYear0
  }
}

extension PostgresDate: Comparable, CustomStringConvertible {
  /// Whether the left day comes first.
  public static func < (left: PostgresDate, right: PostgresDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  /// ISO 8601, as in 2026-02-17.
  public var description: String {
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number.magnitude)
      return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
    return (year < 0 ? "-" : "") + "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}

extension PostgresDate: PostgresEncodable, PostgresDecodable {
  /// `date`
  public static var postgresType: PostgresType { .date }

  /// Writes days since 2000-01-01.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(Int32(dayNumber))
  }

  /// Reads a `date`; the server's `infinity` is an error.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> PostgresDate {
    guard type == .date else { throw .mismatch }
    let number = try bytes.integer(Int32.self)
    guard number != .min, number != .max else { throw .unsupported("an infinite date") }
    return PostgresDate(dayNumber: Int(number))
  }
}
