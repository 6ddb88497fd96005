public import Foundation
import NIOConcurrencyHelpers
public import Postgres

/// The identifier of one thing of a kind: a UUID of version 7 (RFC 9562), so that ids sort by the time they were made.
///
/// `ID<Group>` and `ID<Member>` are different types: one cannot be passed where the other is meant.
public struct ID<Subject>: Hashable, Sendable {
  /// The identifier itself.
  public let uuid: UUID

  /// Wraps an identifier that exists.
  public init(_ uuid: UUID) {
    self.uuid = uuid
  }

  /// Makes a new identifier, greater than all that this process made before.
  public init() {
    self.init(UUIDv7.next())
  }

  /// Reads the usual text form; nil when it is not a UUID.
  public init?(_ text: some StringProtocol) {
    self.init(utf8: text.utf8)
  }

  /// Reads the usual text form from its bytes; nil when they are no UUID's.
  public init?(utf8 bytes: some Collection<UInt8>) {
    guard let uuid = UUIDText.read(bytes) else { return nil }
    self.init(uuid)
  }
}

extension ID: RawRepresentable {
  /// The identifier itself.
  public var rawValue: UUID { uuid }

  /// Wraps an identifier that exists.
  public init?(rawValue: UUID) {
    self.init(rawValue)
  }
}

/// Stored as `uuid`.
extension ID: PostgresEncodable, PostgresDecodable {}

extension ID: CustomStringConvertible {
  /// The lower-case text form, as it stands in URLs and JSON.
  public var description: String { UUIDText.write(uuid) }
}

extension ID: Comparable {
  /// Orders by the time of making.
  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.uuid < rhs.uuid }
}

extension ID: Codable {
  /// Reads a UUID string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = Self(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
    }
    self = id
  }

  /// Writes the lower-case text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// UUIDs of version 7 whose order within a process is the order of making: the twelve bits after the millisecond count
/// up within it (RFC 9562 section 6.2, method 1).
enum UUIDv7 {
  private struct Clock {
    var millisecond: UInt64 = 0
    var counter: UInt16 = 0
  }

  private static let clock = NIOLockedValueBox(Clock())

  static func next(now: Date = Date()) -> UUID {
    let (millisecond, counter) = clock.withLockedValue { clock in
      let current = UInt64(max(now.timeIntervalSince1970, 0) * 1_000)
      if current > clock.millisecond {
        clock.millisecond = current
        clock.counter = UInt16.random(in: 0..<0x400)
      } else if clock.counter < 0xFFF {
        clock.counter += 1
      } else {
        clock.millisecond += 1
        clock.counter = 0
      }
      return (clock.millisecond, clock.counter)
    }
    let low = (UInt64.random(in: .min ... .max) & (UInt64.max >> 2)) | (1 << 63)
    let high = millisecond << 16 | 0x7000 | UInt64(counter)
    return UUID(high: high, low: low)
  }
}

extension UUID {
  fileprivate init(high: UInt64, low: UInt64) {
    let byte = { (word: UInt64, index: Int) in UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64(index))) }
    self.init(
      uuid: (
        byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6),
        byte(high, 7), byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5),
        byte(low, 6), byte(low, 7)
      ))
  }
}
