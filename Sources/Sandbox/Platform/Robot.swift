import Crypto
import Foundation

/// The name under which a robot is logged and shown: the first 12 hex digits of the SHA-256 of its key.
public struct RobotID: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The hex digits.
  public let description: String

  /// The id that belongs to a webhook key; tests use it to find a robot's lines in the log.
  public init(key: String) {
    description = String(SHA256.hash(data: Data(key.utf8)).hex.prefix(12))
  }

  /// Reads the hex digits.
  public init(from decoder: any Decoder) throws {
    description = try decoder.singleValueContainer().decode(String.self)
  }

  /// Writes the hex digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A robot in one chat room, and what it has done.
struct Robot: Sendable {
  enum State: String, Sendable, Codable {
    case active, disabled, removed
    case notInRoom = "not_in_room"
  }

  let id: RobotID
  var name: String
  var room: Room.ID
  var colour: String
  var state = State.active
  var window: SlidingWindow
  var accepted = 0
  var refused = 0

  /// Why this robot may not speak, or nil when it may.
  var refusal: ReplyCode? {
    switch state {
    case .active: nil
    case .disabled: .robotDisabled
    case .notInRoom: .notInRoom
    case .removed: .unknownRobot
    }
  }
}

/// The instants of the messages that a robot posted within the last window.
struct SlidingWindow: Sendable {
  private let limit: RateLimit
  private var instants: [Moment] = []
  /// Where the instants begin that are still within the window; those before leave in one go now and then.
  private var start = 0

  init(_ limit: RateLimit) {
    self.limit = limit
  }

  /// Whether one more message at this moment keeps every window within the limit.
  ///
  /// Time does not go back between calls, so the window that ends now holds the most.
  mutating func hasRoom(at now: Moment) -> Bool {
    start = firstInside(now)
    if start > 64, start * 2 > instants.count {
      instants.removeFirst(start)
      start = 0
    }
    return instants.count - start < limit.count
  }

  mutating func record(_ now: Moment) {
    instants.append(now)
  }

  func used(at now: Moment) -> Int {
    instants.count - firstInside(now)
  }

  private func firstInside(_ now: Moment) -> Int {
    instants[start...].firstIndex { now - $0 < limit.window } ?? instants.count
  }
}

extension Digest {
  var hex: String {
    reduce(into: "") { text, byte in
      let digits = String(byte, radix: 16)
      text += digits.count == 1 ? "0" + digits : digits
    }
  }
}
