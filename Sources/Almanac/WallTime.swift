/// A time of day as a clock on the wall shows it, from 00:00:00 to 23:59:59, without a date or a zone.
public struct WallTime: Sendable, Hashable, Comparable {
  /// Seconds since 00:00 on a day without clock changes, 0 to 86,399.
  public let secondOfDay: Int

  /// The time with these numbers.
  /// - Throws: `WallTimeError.noSuchTime` outside 00:00:00 to 23:59:59.
  public init(hour: Int, minute: Int, second: Int = 0) throws(WallTimeError) {
    guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else {
      throw .noSuchTime(hour: hour, minute: minute, second: second)
    }
    secondOfDay = hour * 3600 + minute * 60 + second
  }

  /// Reads `09:30` or `09:30:15`: two digits each, nothing before or after.
  /// - Throws: `WallTimeError`, which carries the text or the numbers that were refused.
  public init(iso text: String) throws(WallTimeError) {
    let short = FixedDigits.read(text, widths: [2, 2], separator: ":")
    guard let numbers = short ?? FixedDigits.read(text, widths: [2, 2, 2], separator: ":") else {
      throw .malformed(text)
    }
    try self.init(hour: numbers[0], minute: numbers[1], second: numbers.count > 2 ? numbers[2] : 0)
  }

  /// `second` is brought into 0 to 86,399 by whole days, so that every value is a time.
  init(wrapping second: Int) {
    secondOfDay = second.flooredRemainder(by: 86_400)
  }

  /// 00:00, the first second of a day.
  public static let midnight = WallTime(wrapping: 0)

  /// The hour, 0 to 23.
  public var hour: Int { secondOfDay / 3600 }
  /// The minute, 0 to 59.
  public var minute: Int { secondOfDay / 60 % 60 }
  /// The second, 0 to 59.
  public var second: Int { secondOfDay % 60 }

  /// Earlier times of the day come first.
  public static func < (lhs: WallTime, rhs: WallTime) -> Bool { lhs.secondOfDay < rhs.secondOfDay }
}

/// Why a text or three numbers are no time of day.
public enum WallTimeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text is not written as `09:30` or `09:30:15`.
  case malformed(String)
  /// No clock shows these numbers.
  case noSuchTime(hour: Int, minute: Int, second: Int)

  /// The reason in words, with what was refused.
  public var description: String {
    switch self {
    case .malformed(let text): "\"\(text)\" is not a time written as 09:30"
    case .noSuchTime(let hour, let minute, let second): "no clock shows \(hour):\(minute):\(second)"
    }
  }
}

extension WallTime: Codable, CustomStringConvertible, LosslessStringConvertible {
  /// The time as `09:30`, or `09:30:15` when it has seconds.
  public var description: String {
    let short = "\(FixedDigits.padded(hour, 2)):\(FixedDigits.padded(minute, 2))"
    return second == 0 ? short : short + ":" + FixedDigits.padded(second, 2)
  }

  /// Reads `09:30` or `09:30:15`; nil for anything else.
  public init?(_ description: String) {
    guard let time = try? WallTime(iso: description) else { return nil }
    self = time
  }

  /// Decodes `"09:30"`; anything else is a `DecodingError` that says why.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do { try self.init(iso: text) } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Encodes `"09:30"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
