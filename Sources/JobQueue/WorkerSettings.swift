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
  /// How often expired leases are reaped and the index is told of what it may not have heard of.
  public var sweep = Duration.seconds(5)
  /// How often the whole index is compared with Postgres.
  public var compare = Duration.seconds(60)
  /// How often partitions are made and dropped.
  public var tend = Duration.seconds(600)
  /// The most runs of one tenant in flight, over all workers, while other tenants wait.
  public var tenantCap = 16
  /// How long a stopping worker waits for its attempts before it cancels them.
  public var drain = Duration.seconds(25)
  /// A run that ended without a word this often is put aside for a person.
  public var crashLimit = 3
  /// How often and when a run that this worker cannot read is left to others, which may be newer, before it is put aside.
  public var handOver = RetryPolicy(attempts: 8, base: 2, cap: 60)
  /// How long runs that are done are kept.
  public var retention: TimeInterval = 7 * 86_400
  /// What it goes by.
  var time = EngineTime()

  /// Of the slots, those for interactive runs alone: a tenth, where there are enough of them.
  var slotsForInteractive: Int { slots < 8 ? 0 : max(1, slots / 10) }

  /// Of the slots, those that no tenant may fill beyond its share, though nobody else waits: a tenth, where there are enough.
  var slotsForNewcomers: Int { slotsForInteractive }

  /// Settings for a worker of this name.
  public init(name: String) {
    self.name = name
  }

  /// A name that no other process on this or another machine has at this time.
  public static func uniqueName() -> String {
    "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max))"
  }
}
