/// What a connection in pipeline mode has been asked, has sent, and is still owed: a pure value without a socket.
///
/// A *unit* is one or more statements that end with one Sync. Outside BEGIN it is a transaction of its own: it fails alone,
/// and it is done when its Sync comes without an error, since deferred constraints fail there. The server answers in the
/// order of sending, so that everything it says belongs to the first unit in flight.
struct Pipeline<Work, Waiter, Reply, Failure> {
  /// One thing that was sent for a unit, to be answered by one result.
  enum Step: Hashable {
    case prepare(StatementCache.Name)
    case statement(index: Int, name: StatementCache.Name?)
  }

  /// A unit before it is sent.
  struct Unit {
    let number: Int
    var work: Work
    let waiter: Waiter
  }

  /// A unit that was sent. A class, since every answer changes it in its place in the queue.
  final class Flight {
    let number: Int
    let work: Work
    let steps: [Step]
    /// How many replies, from the first, belong to statements that the driver has put before the caller's.
    let hidden: Int
    /// Nil once the caller has gone.
    var waiter: Waiter?
    var progress = 0
    var replies: [Reply] = []
    var prepared: [StatementCache.Name] = []
    /// The first failure, and the step that failed; a step beyond the last is the Sync itself.
    var failure: (step: Step?, failure: Failure)?

    init(number: Int, work: Work, steps: [Step], hidden: Int, waiter: Waiter) {
      self.number = number
      self.work = work
      self.steps = steps
      self.hidden = hidden
      self.waiter = waiter
    }

    /// The statements whose preparation was refused or skipped.
    var unprepared: [StatementCache.Name] {
      steps.compactMap { step in
        guard case .prepare(let name) = step, !prepared.contains(name) else { return nil }
        return name
      }
    }
  }

  /// How many units may be in flight.
  let depth: Int
  /// How many reasons there are to send nothing more: a cancel request would hit it, or COPY has the connection.
  var holds = 0
  private var waiting = FIFO<Unit>()
  private var inFlight = FIFO<Flight>()
  private var numbers = 0

  init(depth: Int) {
    self.depth = depth
  }

  var isIdle: Bool { waiting.isEmpty && inFlight.isEmpty }
  /// Whether anything that was asked for has not been answered.
  func contains(where condition: (Waiter) -> Bool) -> Bool {
    waiting.contains { condition($0.waiter) } || inFlight.contains { $0.waiter.map(condition) ?? false }
  }
  var hasFlights: Bool { !inFlight.isEmpty }
  var load: Int { waiting.count + inFlight.count }
  /// The unit that the server is working on or will work on next.
  var current: Int? { inFlight.first?.number }

  /// The number of a unit to be submitted, by which it can be withdrawn.
  mutating func nextNumber() -> Int {
    numbers += 1
    return numbers
  }

  /// Takes a unit in.
  mutating func submit(_ work: Work, number: Int, waiter: Waiter) {
    waiting.append(Unit(number: number, work: work, waiter: waiter))
  }

  /// The next unit to send, if one may be sent now.
  mutating func next() -> Unit? {
    guard holds == 0, inFlight.count < depth else { return nil }
    return waiting.popFirst()
  }

  /// A unit was sent as these steps and a Sync.
  mutating func sent(_ unit: Unit, as steps: [Step], hidden: Int = 0) {
    inFlight.append(
      Flight(number: unit.number, work: unit.work, steps: steps, hidden: hidden, waiter: unit.waiter))
  }

  // MARK: - What comes back

  /// The current step succeeded.
  mutating func succeeded(_ reply: Reply) {
    guard let flight = inFlight.first else { return }
    switch flight.currentStep {
    case .prepare(let name): flight.prepared.append(name)
    case .statement: flight.replies.append(reply)
    case nil: break
    }
  }

  /// The current step, or the Sync behind the last one, failed; the rest of the unit will be skipped.
  mutating func failed(_ failure: Failure) {
    guard let flight = inFlight.first, flight.failure == nil else { return }
    flight.failure = (flight.currentStep, failure)
  }

  /// The current step's results are complete.
  mutating func endedStep() {
    inFlight.first?.progress += 1
  }

  /// The unit's Sync was answered: it is done, one way or the other.
  mutating func synced() -> Flight? { inFlight.popFirst() }

  // MARK: - Leaving early

  /// Takes a unit out that was not sent yet.
  mutating func withdraw(_ number: Int) -> Unit? {
    waiting.remove { $0.number == number }
  }

  /// Whether the unit is in flight.
  func isInFlight(_ number: Int) -> Bool {
    inFlight.contains { $0.number == number }
  }

  /// Takes the caller off a unit that is in flight: its outcome will interest nobody.
  mutating func abandon(_ number: Int) -> Waiter? {
    guard let flight = inFlight.first(where: { $0.number == number }) else { return nil }
    defer { flight.waiter = nil }
    return flight.waiter
  }

  /// The connection is lost: everything that was in flight, in order, then everything that was not sent.
  mutating func drain() -> (flights: [Flight], units: [Unit]) {
    var (flights, units): ([Flight], [Unit]) = ([], [])
    while let flight = inFlight.popFirst() { flights.append(flight) }
    while let unit = waiting.popFirst() { units.append(unit) }
    return (flights, units)
  }
}

extension Pipeline.Flight {
  fileprivate var currentStep: Pipeline.Step? { progress < steps.count ? steps[progress] : nil }
}
