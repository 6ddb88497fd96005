import Identifiers
import NIOConcurrencyHelpers

/// The leases that a worker holds now; shared between the attempts and the heartbeat.
final class LeaseBook: Sendable {
  private let leases = NIOLockedValueBox<[ID<Run>: Lease]>([:])

  func open(_ run: ID<Run>, until instant: ContinuousClock.Instant, deadline: ContinuousClock.Instant) -> Lease {
    let lease = Lease(until: instant, deadline: deadline)
    leases.withLockedValue { $0[run] = lease }
    return lease
  }

  /// Forgets an attempt's lease; that of a later attempt at the same run stays.
  func close(_ run: ID<Run>, _ lease: Lease) {
    leases.withLockedValue { if $0[run] === lease { $0[run] = nil } }
  }

  /// The runs whose attempts may go on. Those that have run out of their time are interrupted and left out, so that their
  /// leases end: a hung attempt would otherwise keep its run for ever.
  func runs(at instant: ContinuousClock.Instant) -> [ID<Run>] {
    let (going, overdue) = leases.withLockedValue { leases in
      (leases.filter { $0.value.deadline > instant }, leases.filter { $0.value.deadline <= instant })
    }
    for lease in overdue.values { lease.interrupt(.overdue) }
    return Array(going.keys)
  }

  var isEmpty: Bool { leases.withLockedValue { $0.isEmpty } }

  func extend(_ runs: [ID<Run>], until instant: ContinuousClock.Instant) {
    for lease in held(runs) { lease.extend(until: instant) }
  }

  func lose(_ runs: [ID<Run>]) {
    for lease in held(runs) { lease.lose() }
  }

  /// Interrupts what may be somebody else's by now.
  func loseWhatRanOut() {
    for lease in leases.withLockedValue({ Array($0.values) }) where !lease.isHeld { lease.lose() }
  }

  func cancel(_ runs: [ID<Run>]) {
    for lease in held(runs) { lease.interrupt(.cancelled) }
  }

  private func held(_ runs: [ID<Run>]) -> [Lease] {
    leases.withLockedValue { leases in runs.compactMap { leases[$0] } }
  }
}
