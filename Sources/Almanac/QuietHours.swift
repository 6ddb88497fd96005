public import Foundation

/// The hours of a day in which nothing is sent, by the clocks of the brand's zone: from `from` up to, but not with, `to`.
/// They may go over midnight. When both are equal there are none.
public struct QuietHours: Sendable, Hashable, Codable {
  /// When they begin.
  public let from: WallTime
  /// When they end: the first time at which sending is allowed again.
  public let to: WallTime

  /// Quiet hours between two times of day; none when they are equal.
  public init(from: WallTime, to: WallTime) {
    self.from = from
    self.to = to
  }

  /// No quiet hours.
  public static let none = QuietHours(from: .midnight, to: .midnight)

  /// Whether there are none.
  public var isEmpty: Bool { from == to }

  /// Whether a clock that shows `time` shows a quiet hour.
  public func contains(_ time: WallTime) -> Bool {
    from <= to ? from <= time && time < to : from <= time || time < to
  }

  /// Whether the zone's clocks show a quiet hour at that instant.
  public func contains(_ instant: Date, in zone: Zone) -> Bool { contains(zone.wall(at: instant).time) }

  /// The first instant, not before `instant`, at which the zone's clocks show no quiet hour. It is `instant` itself
  /// when that is not quiet.
  ///
  /// A clock change within the quiet hours is answered by what the clocks show after it: an hour that is shown twice is
  /// quiet twice.
  public func end(after instant: Date, in zone: Zone) -> Date {
    guard contains(instant, in: zone) else { return instant }
    var second = UnixSecond(instant)
    while true {
      let now = WallTime(wrapping: second + zone.offset(atSecond: second))
      guard contains(now) else { return Date(unixSecond: second) }
      let end = second + WallTime(wrapping: to.secondOfDay - now.secondOfDay).secondOfDay
      second = zone.firstChange(after: second, through: end) ?? end
    }
  }
}
