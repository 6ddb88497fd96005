/// How many connections a pool keeps and how long callers wait for one.
public struct PoolLimits: Sendable, Hashable {
  /// Connections that are kept open even when idle.
  public var minimum = 0
  /// The most connections that are leased out at a time; those for shared reads and LISTEN are apart.
  public var maximum = 16
  /// Connections that carry the pipelined short reads of everybody.
  public var shared = 2
  /// How many reads may be under way on one shared connection; it is filled before the next one is used, and when all
  /// are full, further reads wait in the driver.
  public var sharedDepth = 32
  /// How long a caller waits for a connection.
  public var waitTimeout: Duration = .seconds(10)
  /// How many callers may wait; the next one gets the error at once.
  public var maximumWaiting = 10_000
  /// The age at which a connection is replaced, spread by a tenth either way so that they do not all go at once.
  public var maximumAge: Duration = .seconds(1_800)
  /// How long a connection above the minimum may be idle.
  public var maximumIdle: Duration = .seconds(300)
  /// A connection that was idle for longer than this answers a ping before it is leased.
  public var checkAfterIdle: Duration = .seconds(30)

  /// The defaults.
  public init() {}
}
