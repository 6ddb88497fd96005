import Identifiers
import NIOConcurrencyHelpers

/// The leases that a worker holds now; shared between the attempts and the heartbeat.
final class LeaseBook: Sendable {
  private let time: EngineTime
  private let leases = NIOLockedValueBox<[ID<Run>: Lease]>([:])

  init(time: EngineTime = EngineTime()) {
    self.time = time
  }

  func open(_ run: ID<Run>, until instant: ContinuousClock.Instant, deadline: ContinuousClock.Instant) -> Lease {
    let lease = Lease(until: instant, deadline: deadline, time: time)
    leases.withLockedValue { $0.updateValue(lease, forKey: run) }?.lose()
    return lease
  }

  /// Leases that begin now, in the order of the runs. An earlier attempt of this worker at one of them has lost its own: out
  /// of the book nothing could reach it any more.
  func open(
    _ runs: [StartedRun], until instant: ContinuousClock.Instant, deadline: (StartedRun) -> Duration
  ) -> [Lease] {
    let now = time.now
    let opened = runs.map { Lease(until: instant, deadline: now + deadline($0), time: time) }
    let displaced = leases.withLockedValue { leases in
      zip(runs, opened).compactMap { leases.updateValue($1, forKey: $0.id) }
    }
    for lease in displaced { lease.lose() }
    return opened
  }

  /// Forgets attempts' leases; that of a later attempt at the same run stays.
  func close(_ closed: [(run: ID<Run>, lease: Lease)]) {
    leases.withLockedValue { leases in
      for (run, lease) in closed where leases[run] === lease { leases[run] = nil }
    }
  }

  /// Cancels every attempt because the worker ends.
  func stopAll() {
    for (_, lease) in leases.withLockedValue({ Self.inOrder($0) }) { lease.interrupt(.stopped) }
  }

  /// The runs whose attempts may go on. Those that have run out of their time are interrupted and left out, so that their
  /// leases end: a hung attempt would otherwise keep its run for ever.
  func runs(at instant: ContinuousClock.Instant) -> [ID<Run>] {
    let (going, overdue) = leases.withLockedValue { leases in
      (leases.filter { $0.value.deadline > instant }, leases.filter { $0.value.deadline <= instant })
    }
    for (_, lease) in Self.inOrder(overdue) { lease.interrupt(.overdue) }
    return going.keys.sorted()
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
    for (_, lease) in leases.withLockedValue({ Self.inOrder($0) }) where !lease.isHeld { lease.lose() }
  }

  func cancel(_ runs: [ID<Run>]) {
    for lease in held(runs) { lease.interrupt(.cancelled) }
  }

  /// By run, so that the same happens in the same order each time.
  private static func inOrder(_ leases: [ID<Run>: Lease]) -> [(ID<Run>, Lease)] {
    leases.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func held(_ runs: [ID<Run>]) -> [Lease] {
    leases.withLockedValue { leases in runs.compactMap { leases[$0] } }
  }
}
