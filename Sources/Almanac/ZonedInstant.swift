public import Foundation

/// An instant together with the wall time and the zone that made it, so that it can be explained, and made anew when a
/// zone's rules change.
public struct ZonedInstant: Sendable, Hashable {
  /// How the zone's clocks answered a wall time.
  public enum Resolution: Sendable, Hashable {
    /// The clocks show the wall time once.
    case exact
    /// A clock change leaves the wall time out. The instant is the first that the clocks show after it, so many
    /// seconds of wall time later.
    case gap(shifted: Int)
    /// The clocks show the wall time more than once. The instant is the first.
    case overlap
  }

  /// The day that was asked for; after a gap the instant may lie on the next.
  public let date: CivilDate
  /// The time that was asked for.
  public let time: WallTime
  /// The zone whose clocks were asked.
  public let zone: Zone
  /// The answer.
  public let instant: Date
  /// Whether the wall time exists once, not at all, or twice.
  public let resolution: Resolution
}

extension Zone {
  /// The instant at which the zone's clocks show that wall time; the first of two, or the first after a gap.
  public func resolve(_ date: CivilDate, _ time: WallTime) -> ZonedInstant {
    let wall = date.dayNumber * 86_400 + time.secondOfDay
    let (second, resolution) = resolve(wall: wall)
    return ZonedInstant(
      date: date, time: time, zone: self, instant: Date(unixSecond: second), resolution: resolution)
  }

  /// `wall` counts the seconds from 1970-01-01 00:00 on the wall.
  private func resolve(wall: Int) -> (UnixSecond, ZonedInstant.Resolution) {
    // Offsets lie within -16 to +16 hours in all of the database's history, so the answer lies in this span.
    var segment = (start: wall - 16 * 3600, offset: offset(atSecond: wall - 16 * 3600))
    let end = wall + 16 * 3600
    var found: UnixSecond?
    var afterGap: UnixSecond?
    while segment.start <= end {
      let change = firstChange(after: segment.start, through: end)
      let candidate = wall - segment.offset
      if candidate >= segment.start, candidate < change ?? .max {
        if let found { return (found, .overlap) }
        found = candidate
      }
      guard let change else { break }
      let next = (start: change, offset: offset(atSecond: change))
      if change + segment.offset <= wall, wall < change + next.offset { afterGap = afterGap ?? change }
      segment = next
    }
    if let found { return (found, .exact) }
    // Every wall time is either shown in some segment or jumped over by a change between two.
    let instant = afterGap ?? wall - segment.offset
    return (instant, .gap(shifted: instant + offset(atSecond: instant) - wall))
  }

  func offset(atSecond second: UnixSecond) -> Int { offset(at: Date(unixSecond: second)) }

  /// The first second in `(start, end]` at which the offset differs from the one before; nil without a change.
  ///
  /// It looks every six hours, then bisects: no zone has ever changed its clocks and back within six hours.
  func firstChange(after start: UnixSecond, through end: UnixSecond) -> UnixSecond? {
    let before = offset(atSecond: start)
    var low = start
    while low < end {
      var high = min(low + 6 * 3600, end)
      if offset(atSecond: high) == before {
        low = high
        continue
      }
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if offset(atSecond: middle) == before { low = middle } else { high = middle }
      }
      return high
    }
    return nil
  }
}
