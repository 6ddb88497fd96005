/// Whether it makes sense to begin runs of a lane now.
public enum LaneDoor: Sendable, Hashable {
  /// So many may begin.
  case open(atMost: Int)
  /// Whatever began would have to wait for so long.
  case shut(for: Duration)
}

/// Knows what the runs of a lane need and when there is none of it, such as calls to a platform.
///
/// Only a prediction that keeps runs from beginning in vain: each of them asks again for what it needs. Whoever else stands
/// in the lane waits with them, so only those should share a lane that need the same.
public protocol LaneKeeper: Sendable {
  /// Asked before each reservation; it must not wait for anybody.
  func door() async -> LaneDoor
}
