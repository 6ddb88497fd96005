public import Identifiers
import NIOConcurrencyHelpers

/// One try at a run, as its job sees it.
public struct Attempt: Sendable {
  /// The run.
  public let run: ID<Run>
  /// Whom it belongs to.
  public let tenant: ID<Tenant>
  /// The fence: writes that may only be this attempt's carry it.
  public let epoch: Int
  /// 1 for the first try; tries that crashed or were given back do not count.
  public let number: Int

  let lease: Lease

  /// Throws `LeaseLost` when another worker may have begun the run again. Called right before anything that is seen
  /// outside; what is in Postgres is fenced by the epoch anyway.
  public func checkLease() throws(LeaseLost) {
    guard lease.isHeld else { throw LeaseLost() }
  }
}

/// The attempt can no longer be sure that it is the only one.
public struct LeaseLost: Error {
  /// The lease is gone.
  public init() {}
}

/// What a worker knows about its hold on a run.
final class Lease: Sendable {
  private let validUntil: NIOLockedValueBox<ContinuousClock.Instant?>

  init(until instant: ContinuousClock.Instant) {
    validUntil = NIOLockedValueBox(instant)
  }

  var isHeld: Bool { validUntil.withLockedValue { $0.map { $0 > .now } ?? false } }

  func extend(until instant: ContinuousClock.Instant) {
    validUntil.withLockedValue { if $0 != nil { $0 = instant } }
  }

  func lose() {
    validUntil.withLockedValue { $0 = nil }
  }
}
