public import Foundation

/// A time zone of the IANA database, by its name: `Asia/Shanghai`.
///
/// Only names of the form Area/Place and `UTC` are zones here. Foundation also takes abbreviations and fixed offsets,
/// which know nothing of clock changes and mean different things to different readers.
public struct Zone: Sendable, Hashable {
  private let rules: TimeZone

  /// The IANA name, as it was given.
  public let identifier: String

  /// The zone of that name.
  /// - Throws: `ZoneError.unknown` when this machine's database has no such zone.
  public init(_ identifier: String) throws(ZoneError) {
    guard identifier == "UTC" || identifier.contains("/"), let rules = TimeZone(identifier: identifier) else {
      throw .unknown(identifier)
    }
    self.rules = rules
    self.identifier = identifier
  }

  /// Coordinated universal time.
  public static let utc = Zone(rules: .gmt, identifier: "UTC")

  private init(rules: TimeZone, identifier: String) {
    self.rules = rules
    self.identifier = identifier
  }

  /// How many seconds the zone's clocks are ahead of UTC at that instant.
  public func offset(at instant: Date) -> Int { rules.secondsFromGMT(for: instant) }

  /// What calendar and clock on the wall show at that instant; a fraction of a second is cut off.
  public func wall(at instant: Date) -> (date: CivilDate, time: WallTime) {
    let second = UnixSecond(instant)
    let local = second + offset(at: Date(unixSecond: second))
    return (CivilDate(dayNumber: local.flooredQuotient(by: 86_400)), WallTime(wrapping: local))
  }

  /// The civil day of an instant: the day that daily caps and check-ins count by.
  public func day(of instant: Date) -> CivilDate { wall(at: instant).date }

  /// The instants of a civil day, from its first to the next day's first: 23, 24 or 25 hours, or none at all on a day
  /// that the zone left out.
  public func instants(of day: CivilDate) -> Range<Date> {
    resolve(day, .midnight).instant..<resolve(day.advanced(by: 1), .midnight).instant
  }

  /// Names are compared: `Asia/Shanghai` and its alias `Asia/Chongqing` are two zones.
  public static func == (lhs: Zone, rhs: Zone) -> Bool { lhs.identifier == rhs.identifier }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}

/// Why a name is no zone.
public enum ZoneError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The IANA database has no zone of this name.
  case unknown(String)

  /// The reason in words, with the name that was refused.
  public var description: String {
    switch self {
    case .unknown(let identifier): "\"\(identifier)\" is no IANA time zone such as Asia/Shanghai"
    }
  }
}

extension Zone: Codable, CustomStringConvertible {
  /// The IANA name.
  public var description: String { identifier }

  /// Decodes an IANA name; an unknown one is a `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do { try self.init(text) } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Encodes the IANA name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(identifier)
  }
}
