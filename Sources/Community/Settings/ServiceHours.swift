public import Almanac

/// The hours of a brand's day in which people answer. From later than to means over midnight.
public struct ServiceHours: Sendable, Hashable {
  /// From this minute on.
  public var from: WallTime
  /// Up to, and not with, this minute.
  public var to: WallTime

  /// The hours.
  public init(from: WallTime, to: WallTime) {
    self.from = from
    self.to = to
  }
}

/// From which days on a member counts as what : new, active, cooling, silent, lost.
public struct TierDays: Sendable, Hashable, Codable {
  /// So long after joining a member is new.
  public var new: Int
  /// Whoever did something within so many days is active.
  public var active: Int
  /// Up to so many days without doing anything a member cools.
  public var cooling: Int
  /// Up to so many days a member is silent, and beyond them lost.
  public var silent: Int

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case new = "new_days"
    case active = "active_days"
    case cooling = "cooling_days"
    case silent = "silent_days"
  }

  func check(_ check: inout FieldCheck) {
    check.range("/tiers/new_days", new, 0...365)
    check.range("/tiers/active_days", active, 1...365)
    check.range("/tiers/cooling_days", cooling, 1...365)
    check.range("/tiers/silent_days", silent, 1...365)
    if cooling <= active {
      check.add("/tiers/cooling_days", .outOfRange, limit: "> \(active)", actual: "\(cooling)")
    }
    if silent <= cooling {
      check.add("/tiers/silent_days", .outOfRange, limit: "> \(cooling)", actual: "\(silent)")
    }
  }
}
