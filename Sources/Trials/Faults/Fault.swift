/// Something that breaks and is mended again.
struct Fault: Sendable {
  /// What it is called in reports.
  let name: String
  /// How likely it is beside the others of its line.
  var weight = 1
  /// Breaks it, waits, mends it. It takes its times from the dice, and tells the tally how many sends it may leave
  /// unknown: those that were under way in a process that lost its memory, or that stood still for longer than the
  /// platform waits. What only keeps a worker from Redis, from Postgres or from the right time leaves none, as the worker
  /// lives and writes what it knows.
  let strike: @Sendable (inout SeededRandom, FaultTally) async throws -> Void
}

/// Counts faults as they fall.
actor FaultTally {
  private(set) var faults: [String: Int] = [:]
  private(set) var mayBeUnknown = 0
  private(set) var mayBeMissing: Set<Send> = []

  func count(_ fault: Fault) {
    faults[fault.name, default: 0] += 1
  }

  func mayLeaveUnknown(_ sends: Int) {
    mayBeUnknown += sends
  }

  /// These were due while the cell was closed, and are left to a person.
  func mayLeaveOut(_ sends: Set<Send>) {
    mayBeMissing.formUnion(sends)
  }
}

/// Faults of one thing, one after the other with pauses between. Lines run side by side, so that faults overlap.
struct FaultLine: Sendable {
  /// What is hit, for the notes.
  let name: String
  let faults: [Fault]
  /// Seconds between the end of one and the next.
  let pause: ClosedRange<Double>

  /// Lets faults fall until the end.
  func run(
    until end: ContinuousClock.Instant, _ random: SeededRandom, _ tally: FaultTally,
    note: @Sendable (FaultLine, Fault) -> Void
  ) async throws {
    var random = random
    let choice = faults.flatMap { Array(repeating: $0, count: $0.weight) }
    while true {
      let next = ContinuousClock.now + random.duration(pause)
      guard next < end, let fault = choice.randomElement(using: &random) else { return }
      try await Task.sleep(until: next)
      await tally.count(fault)
      note(self, fault)
      try await fault.strike(&random, tally)
    }
  }
}
