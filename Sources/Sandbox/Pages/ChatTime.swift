import Foundation

/// Times as a chat app writes them: the nearer, the shorter.
struct ChatTime: Sendable {
  let language: Language
  let now: Moment
  private let calendar: Calendar

  init(_ language: Language, zone: TimeZone, now: Moment) {
    self.language = language
    self.now = now
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    self.calendar = calendar
  }

  /// For the list of rooms: today the time, then yesterday, the weekday, the date.
  func short(_ moment: Moment) -> String {
    switch age(of: moment) {
    case 0: clock(moment)
    case 1: language[Words.yesterday]
    case 2..<7: weekday(moment)
    default: numericDate(moment)
    }
  }

  /// For the separators between messages: the same, always with the time.
  func separator(_ moment: Moment) -> String {
    switch age(of: moment) {
    case 0: clock(moment)
    case 1: "\(language[Words.yesterday]) \(clock(moment))"
    case 2..<7: "\(weekday(moment)) \(clock(moment))"
    default: "\(longDate(moment)) \(clock(moment))"
    }
  }

  /// To the second, for tables.
  func precise(_ moment: Moment) -> String {
    let parts = parts(moment)
    let seconds = Self.padded(parts.second ?? 0)
    return age(of: moment) == 0 ? "\(clock(moment)):\(seconds)" : "\(numericDate(moment)) \(clock(moment)):\(seconds)"
  }

  private func parts(_ moment: Moment) -> DateComponents {
    calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: moment.date)
  }

  private func age(of moment: Moment) -> Int {
    let days = calendar.dateComponents(
      [.day], from: calendar.startOfDay(for: moment.date), to: calendar.startOfDay(for: now.date))
    return days.day ?? 0
  }

  private func clock(_ moment: Moment) -> String {
    let parts = parts(moment)
    return "\(Self.padded(parts.hour ?? 0)):\(Self.padded(parts.minute ?? 0))"
  }

  private func weekday(_ moment: Moment) -> String {
    name(Words.weekdays, (parts(moment).weekday ?? 1) - 1)
  }

  private func longDate(_ moment: Moment) -> String {
    let parts = parts(moment)
    let (year, day) = (parts.year ?? 0, parts.day ?? 0)
    let month = name(Words.months, (parts.month ?? 1) - 1)
    return switch language {
    case .zhHans: "\(year)年\(month)\(day)日"
    case .en: "\(day) \(month) \(year)"
    }
  }

  private func numericDate(_ moment: Moment) -> String {
    let parts = parts(moment)
    let (year, month, day) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    return switch language {
    case .zhHans: "\(year)/\(month)/\(day)"
    case .en: "\(day) \(name(Words.months, month - 1))"
    }
  }

  private func name(_ names: Wording, _ index: Int) -> String {
    let names = language[names].split(separator: " ")
    return names.indices.contains(index) ? String(names[index]) : ""
  }

  private static func padded(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
