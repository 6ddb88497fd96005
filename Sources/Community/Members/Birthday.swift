public import Almanac

/// A birthday as people give it: with the year or without, by the solar calendar or the lunar one (农历).
///
/// Written `1993-05-20`, or `--05-20` where the year is not known. Which calendar is meant stands beside it.
public struct Birthday: Sendable, Hashable {
  /// The calendar in which month and day are counted.
  public enum Calendar: String, Sendable, Hashable, Codable, CaseIterable {
    case solar, lunar
  }

  /// The year; nil when it is not known.
  public let year: Int?
  /// The month, 1 to 12. A birthday in a leap month is kept in the month before it, which has its number.
  public let month: Int
  /// The day of the month, 1 to 31.
  public let day: Int

  /// A day of the solar calendar.
  public init(_ date: CivilDate) {
    (year, month, day) = (date.year, date.month, date.day)
  }

  /// Reads `1993-05-20` or `--05-20`; nil for what is a day of neither calendar.
  public init?(_ text: String) {
    let isYearless = text.hasPrefix("--")
    // 2000 had a 29 February, and so has a birthday without a year.
    guard let date = Self.day(in: isYearless ? "2000-" + text.dropFirst(2) : text) else { return nil }
    year = isYearless ? nil : date.year
    (month, day) = (date.month, date.day)
  }

  /// Every day of the lunar calendar is written like one of the solar calendar but 30 February, so that one is read apart.
  private static func day(in text: String) -> (year: Int, month: Int, day: Int)? {
    if let date = CivilDate(text) { return (date.year, date.month, date.day) }
    guard text.hasSuffix("-02-30") || text.hasSuffix("-02-29"),
      let year = CivilDate(String(text.dropLast(2)) + "28")?.year
    else {
      return nil
    }
    return (year, 2, text.hasSuffix("30") ? 30 : 29)
  }

  /// Whether the calendar has such a day, in a year in which somebody alive was born.
  func isDay(of calendar: Calendar) -> Bool {
    guard (1900...2100).contains(year ?? 2000) else { return false }
    return switch calendar {
    case .solar: (try? CivilDate(year: year ?? 2000, month: month, day: day)) != nil
    case .lunar: day <= 30
    }
  }
}

extension Birthday: Codable, CustomStringConvertible {
  /// The birthday as it is read.
  public var description: String {
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
    return (year.map { padded($0, 4) } ?? "-") + "-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// Reads the text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let birthday = Birthday(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no birthday")
    }
    self = birthday
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
