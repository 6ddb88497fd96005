import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// One simulated history of a cell, from its seed to what was wrong with it.
struct History {
  let seed: UInt64
  let violations: [Violation]
  let fingerprint: UInt64
  let steps: Int
  let hadFaults: Bool
  let deliveries: [Ledger.State: Int]
  let story: [String]

  /// Plays it on the calling thread.
  init(seed: UInt64, without missing: Guard? = nil, isTold: Bool = false) {
    let stage = HistoryStage(seed: seed, without: missing, isTold: isTold)
    stage.play()
    self.seed = seed
    violations = stage.books.violations
    fingerprint = stage.world.fingerprint
    steps = stage.world.steps
    hadFaults = stage.plan.hasFaults
    deliveries = Dictionary(stage.books.ledger.deliveries.map { ($0.state, 1) }, uniquingKeysWith: +)
    story = stage.world.told
  }

  /// Plays histories on a thread of their own, which may block.
  static func playing<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}

/// Everything of a history, and the one who directs it.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it.
final class HistoryStage: @unchecked Sendable {
  let world: World
  let plan: HistoryPlan
  let books: MemoryBooks
  let index: MemoryIndex
  let platform: Platform
  private let missing: Guard?
  private var processes: [SimulatedProcess] = []
  private var tenants: [ID<Tenant>] = []
  private var runs: [Int: ID<Run>] = [:]

  /// How long all may take once nothing happens any more from outside.
  private static let patience = 400.0

  init(seed: UInt64, without missing: Guard?, isTold: Bool) {
    world = World(seed: seed, isTold: isTold)
    plan = HistoryPlan(from: &world.random)
    books = MemoryBooks(world, without: missing)
    index = MemoryIndex(world, without: missing)
    platform = Platform(world)
    self.missing = missing
    tenants = (0..<2).map { _ in ID(UUID.drawn(from: &world.random)) }
    index.declareWhole(books.generation)
  }

  func play() {
    schedule()
    _ = world.run(until: HistoryPlan.trouble) { false }
    heal()
    let atRest = world.run(until: world.seconds + Self.patience) { self.isAtRest }
    if !atRest { books.broken(.lost, "not at rest: \(unfinished)") }
    // Two comparisons later the index has forgotten what ended.
    _ = world.run(until: world.seconds + 60) { false }
    judge()
    stopAll()
    bury()
  }

  // MARK: - Before

  private func schedule() {
    platform.mayHaveLostLeases = { [self] name, since in
      index.forgottenAt >= since - Wire.longest || process(name)?.wasHurt(since: since) ?? true
    }
    platform.faults = plan.platformFaults
    for (number, process) in plan.processes.enumerated() {
      world.after(.seconds(process.at)) { self.begin(process, "worker-\(number)") }
    }
    for enqueue in plan.enqueues { world.after(.seconds(enqueue.at)) { self.enqueue(enqueue) } }
    for (at, event) in plan.events { world.after(.seconds(at)) { self.happen(event) } }
    for second in 0..<Int(HistoryPlan.trouble) / 2 { world.after(.seconds(2 * second)) { self.index.snapshot() } }
  }

  private func begin(_ plan: HistoryPlan.Process, _ name: String) {
    world.tell("\(name) begins with \(plan.slots) slots, its clock off by \(plan.skew)")
    let process = SimulatedProcess(name, in: world, books, index)
    process.wire.faults = self.plan.callFaults
    processes.append(process)
    process.begin(plan, platform)
  }

  private func process(_ name: String) -> SimulatedProcess? { processes.first { $0.name == name } }

  private func enqueue(_ enqueue: HistoryPlan.Enqueue) {
    let run = books.add(
      enqueue.work, of: tenants[enqueue.tenant], as: enqueue.runClass,
      due: world.date.addingTimeInterval(enqueue.delay))
    runs[enqueue.work.number] = run.id
    for _ in 0..<enqueue.deliveries {
      books.ledger.deliveries.append(.init(id: books.ledger.deliveries.count, work: enqueue.work))
    }
    world.tell("\(enqueue.work.number) is enqueued with \(enqueue.deliveries)\(enqueue.isPushed ? "" : ", unheard")")
    if enqueue.isPushed { world.after(.milliseconds(2)) { _ = self.index.push([run]) } }
  }

  private func happen(_ event: HistoryPlan.Event) {
    switch event {
    case .kill(let number): at(number)?.kill()
    case .freeze(let number, let seconds, let whole): at(number)?.freeze(for: .seconds(seconds), whole: whole)
    case .cut(let number, let far, let seconds): at(number)?.cut(from: far, for: .seconds(seconds))
    case .stop(let number): stop(at(number))
    case .loseIndex:
      world.tell("the index is lost")
      index.lose()
    case .rollBackIndex:
      world.tell("the index is rolled back")
      index.rollBack()
    case .pause(let tenant, let seconds, let isRoused): pause("brand:\(tenants[tenant])", seconds, isRoused: isRoused)
    case .cancel(let number):
      if let run = runs[number], books.rows[run]?.state.isEnd == false {
        world.tell("\(number) is to be cancelled")
        books.rows[run]?.isCancelled = true
      }
    }
  }

  private func at(_ number: Int) -> SimulatedProcess? { process("worker-\(number)") }

  private func stop(_ process: SimulatedProcess?) {
    process?.stop()
    if missing == .stopping { world.after(.seconds(1)) { process?.kill(isTold: false) } }
  }

  private func pause(_ key: String, _ seconds: Double, isRoused: Bool) {
    world.tell("\(key) is paused")
    books.pauses.insert(key)
    world.after(.seconds(seconds)) { [self] in
      world.tell("\(key) goes on\(isRoused ? "" : ", and nobody says so")")
      books.pauses.remove(key)
      if isRoused { index.rouse(key) }
    }
  }

  // MARK: - After

  private func heal() {
    world.tell("nothing goes wrong any more")
    platform.faults = 0
    for process in processes { process.wire.faults = 0 }
    if !processes.contains(where: { $0.state == .working }) {
      begin(.init(at: 0, slots: 4, skew: 0), "worker-last")
      processes.last?.wire.faults = 0
    }
  }

  private var isAtRest: Bool { books.rows.values.allSatisfy { $0.state.isEnd } }

  private var unfinished: [String] {
    books.ordered.filter { !$0.state.isEnd }.map { "\($0.payload.number) \($0.state) epoch \($0.epoch)" }
  }

  private func stopAll() {
    for process in processes { process.stop() }
    let stopped = world.run(until: world.seconds + 60) { !self.processes.contains(where: \.isAlive) }
    if !stopped { books.broken(.notStopped, "\(processes.filter(\.isAlive).map(\.name))") }
    if world.hasEscaped { books.broken(.escaped, "something ran on another executor") }
  }

  private func bury() {
    for process in processes { process.bury() }
    _ = world.run(until: world.seconds + 300) { self.processes.allSatisfy { $0.state == .gone } }
    // What is still to come holds on to everything, and that to it.
    world.end()
    platform.mayHaveLostLeases = { _, _ in false }
  }

  // MARK: - Judgement

  private func judge() {
    for delivery in books.ledger.deliveries { judge(delivery) }
    for row in books.ordered { judge(row) }
    let ended = Set(books.ordered.filter(\.state.isEnd).map { "\($0.run.id)" })
    let picture = index.picture
    let left = picture.runs.keys.filter(ended.contains)
    if !left.isEmpty { books.broken(.indexNotEmpty, "the index knows \(left.count) that have ended") }
    let misplaced = picture.misplaced(butFor: ended)
    if !misplaced.isEmpty { books.broken(.indexNotEmpty, "in no place of the index, or in two: \(misplaced)") }
    let losses = plan.events.contains { event in
      switch event.event {
      case .loseIndex, .rollBackIndex: true
      default: false
      }
    }
    if !losses, index.clearings > 0 { books.broken(.rebuiltInVain, "the index was whole") }
  }

  private func judge(_ delivery: Ledger.Delivery) {
    let sent = platform.accepted[delivery.id] ?? 0
    switch delivery.state {
    case .ready, .sending: books.broken(.lost, "\(delivery.id) is \(delivery.state)")
    case .delivered where sent != 1, .failed where sent != 0:
      books.broken(.untrue, "\(delivery.id) is \(delivery.state), and left \(sent) times")
    case .unknown where !isExcused(delivery):
      books.broken(.unknownInVain, "\(delivery.id), claimed by \(delivery.claim?.process ?? "nobody")")
    case .delivered, .failed, .unknown: break
    }
  }

  private func isExcused(_ delivery: Ledger.Delivery) -> Bool {
    guard !delivery.isUnanswered, let claim = delivery.claim else { return true }
    return platform.mayHaveLostLeases(claim.process, claim.since)
  }

  private func judge(_ row: MemoryBooks.Row) {
    let failures = books.failures[row.run.id] ?? 0
    let charged = row.attempts - (row.state == .dead || row.state == .quarantined ? 1 : 0)
    if charged > failures { books.broken(.chargedInVain, "\(row.payload.number): \(charged) for \(failures)") }
    if !plan.hasFaults, row.attempts + row.crashes > 0 {
      books.broken(.chargedInVain, "\(row.payload.number): \(row.attempts) attempts, \(row.crashes) crashes, no faults")
    }
    if row.state == .dead || row.state == .quarantined || row.state == .cancelled && !row.isCancelled {
      let isExcused = row.state == .dead ? failures >= 8 : row.state == .quarantined && row.crashes >= 3
      if !isExcused { books.broken(.givenUpInVain, "\(row.payload.number) is \(row.state): \(row.error ?? "")") }
    }
  }
}

extension World {
  var seconds: Double { Double(elapsed) / 1e9 }
}
