import Almanac
import Foundation

/// Instants as JSON has them (RFC 3339): read with any offset, written in UTC with milliseconds.
enum Timestamp {
  /// `2026-03-08T01:30:00.000Z`
  static func text(_ instant: Date) -> String {
    instant.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Nil unless the text is a full date and time with an offset.
  static func parse(_ text: String) -> Date? {
    let parts = text.uppercased().split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, let day = CivilDate(String(parts[0])), let (clock, offset) = split(parts[1]) else {
      return nil
    }
    let pieces = clock.split(separator: ".", omittingEmptySubsequences: false)
    guard let time = pieces.first, time.utf8.count == 8, let wall = WallTime(String(time)), pieces.count <= 2 else {
      return nil
    }
    guard let fraction = pieces.count == 2 ? fraction(pieces[1]) : 0 else { return nil }
    let second = day.dayNumber * 86_400 + wall.secondOfDay - offset
    return Date(timeIntervalSince1970: Double(second) + fraction)
  }

  /// The clock's text and the offset from UTC in seconds.
  private static func split(_ text: Substring) -> (clock: Substring, offset: Int)? {
    if text.hasSuffix("Z") { return (text.dropLast(), 0) }
    guard text.utf8.count > 6, let sign = text.dropLast(5).last, sign == "+" || sign == "-" else { return nil }
    guard let wall = WallTime(String(text.suffix(5))) else { return nil }
    return (text.dropLast(6), sign == "+" ? wall.secondOfDay : -wall.secondOfDay)
  }

  private static func fraction(_ digits: Substring) -> Double? {
    guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Double("0." + digits)
  }
}
