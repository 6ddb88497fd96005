import CLinuxEvents

/// What a descriptor is watched for, or has.
public struct Readiness: OptionSet, Sendable, Hashable {
  /// The bits of the set.
  public let rawValue: UInt8

  /// A set of the given bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Bytes can be read, or the other side has closed.
  public static let readable = Readiness(rawValue: 1)
  /// Bytes can be written without blocking.
  public static let writable = Readiness(rawValue: 2)

  init(events: UInt32) {
    var readiness: Readiness = []
    if events & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
    if events & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
    if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness = [.readable, .writable] }
    self = readiness
  }

  var events: UInt32 {
    (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
  }
}
