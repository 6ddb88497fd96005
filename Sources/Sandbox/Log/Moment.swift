public import Foundation

/// A point in time to the millisecond, which is the grain of the sandbox's log and of its limits.
///
/// Decisions and log lines use the same value, so a test that counts lines in a window sees what the limit saw.
public struct Moment: Sendable, Hashable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public let milliseconds: Int64

  /// Makes a moment from milliseconds since 1970.
  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// Makes a moment from a date, rounded to the nearest millisecond.
  public init(_ date: Date) {
    milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
  }

  /// Reads an RFC 3339 time with or without a fraction; nil when the text is none.
  public init?(_ text: String) {
    guard
      let date = (try? Self.style.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text))
    else { return nil }
    self.init(date)
  }

  /// The same point in time as Foundation knows it.
  public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// The moment that lies `duration` later, cut to whole milliseconds.
  public func advanced(by duration: Duration) -> Moment {
    Moment(milliseconds: milliseconds + duration.wholeMilliseconds)
  }

  /// Orders moments by time.
  public static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

  /// The time that passed from `right` to `left`.
  public static func - (left: Moment, right: Moment) -> Duration {
    .milliseconds(left.milliseconds - right.milliseconds)
  }

  fileprivate static var style: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}

extension Moment: CustomStringConvertible {
  /// RFC 3339 in UTC with three decimals, such as `2026-02-17T01:30:00.250Z`.
  public var description: String {
    // A third of a millisecond more keeps the binary fraction from being cut to the millisecond before.
    Self.style.format(Date(timeIntervalSince1970: (Double(milliseconds) + 0.3) / 1000))
  }
}

extension Moment: Codable {
  /// Reads the RFC 3339 text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let moment = Moment(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time")
    }
    self = moment
  }

  /// Writes the RFC 3339 text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Duration {
  var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
