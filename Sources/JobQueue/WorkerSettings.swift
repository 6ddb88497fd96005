public import Foundation

/// How a worker works; the defaults are for production, tests shorten them.
public struct WorkerSettings: Sendable {
  /// Names this process in leases and in the runs' rows; unique among those alive.
  public var name: String
  /// How many attempts run at the same time.
  public var slots = 32
  /// How long a lease lasts without a sign of life.
  public var lease = Duration.seconds(30)
  /// How often leases are extended.
  public var heartbeat = Duration.seconds(10)
  /// How often the index is compared with Postgres.
  public var sweep = Duration.seconds(5)
  /// How long a stopping worker waits for its attempts before it cancels them.
  public var drain = Duration.seconds(25)
  /// A run that ended without a word this often is given up.
  public var crashLimit = 3
  /// How long runs that are done are kept.
  public var retention: TimeInterval = 7 * 86_400

  /// Settings for a worker of this name.
  public init(name: String) {
    self.name = name
  }

  /// A name that no other process on this or another machine has at this time.
  public static func uniqueName() -> String {
    "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
  }
}
