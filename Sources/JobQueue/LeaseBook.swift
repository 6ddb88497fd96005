import Identifiers
import NIOConcurrencyHelpers

/// The leases that a worker holds now; shared between the attempts and the heartbeat.
final class LeaseBook: Sendable {
  private let leases = NIOLockedValueBox<[ID<Run>: Lease]>([:])

  func open(_ run: ID<Run>, until instant: ContinuousClock.Instant) -> Lease {
    let lease = Lease(until: instant)
    leases.withLockedValue { $0[run] = lease }
    return lease
  }

  /// Forgets an attempt's lease; that of a later attempt at the same run stays.
  func close(_ run: ID<Run>, _ lease: Lease) {
    leases.withLockedValue { if $0[run] === lease { $0[run] = nil } }
  }

  var runs: [ID<Run>] { leases.withLockedValue { Array($0.keys) } }

  func extend(_ runs: [ID<Run>], until instant: ContinuousClock.Instant) {
    let held = leases.withLockedValue { leases in runs.compactMap { leases[$0] } }
    for lease in held { lease.extend(until: instant) }
  }

  func lose(_ runs: [ID<Run>]) {
    let held = leases.withLockedValue { leases in runs.compactMap { leases[$0] } }
    for lease in held { lease.lose() }
  }
}
