import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// What Postgres holds of a simulated cell: runs, pauses, the index's generation, and (in its own file) the ledger.
/// Each method is one statement, or one transaction of a person.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it.
final class MemoryBooks: @unchecked Sendable {
  enum State: String {
    case ready, running, done, dead, quarantined, cancelled

    var isEnd: Bool { self != .ready && self != .running }
  }

  struct Row {
    var run: Run
    let payload: SimulatedSend
    let createdAt: Date
    var state = State.ready
    var isSwept = false
    var epoch = 0
    var attempts = 0
    var crashes = 0
    var worker: String?
    var startedAt = Date.distantPast
    /// When each epoch began, in milliseconds of the history.
    var starts: [Int] = []
    var endedAt: Date?
    var error: String?
    var isCancelled = false
    /// The transaction that holds the row's lock beyond one statement.
    var lockedBy: Int?
  }

  let world: World
  let missing: Guard?
  var rows: [ID<Run>: Row] = [:]
  var ledger: Ledger
  var pauses: Set<String> = []
  var generation: UUID
  var ticks = 0
  /// Transactions that stay open over several statements, by number.
  private var sessions: [Int: String] = [:]
  private var turns: [String: Int] = [:]
  private var numbers = 0
  /// What must not happen, and did.
  private(set) var violations: [Violation] = []
  /// How often attempts failed by themselves.
  var failures: [ID<Run>: Int] = [:]
  /// The latest attempt of each run that came to do something.
  var begun: [ID<Run>: Int] = [:]

  init(_ world: World, without missing: Guard?) {
    self.world = world
    self.missing = missing
    ledger = Ledger()
    generation = UUID.drawn(from: &world.random)
  }

  func broken(_ kind: Violation.Kind, _ what: String) {
    world.tell("BROKEN: \(kind): \(what)")
    violations.append(Violation(kind: kind, what: what))
  }

  // MARK: - Runs

  func add(_ payload: SimulatedSend, of tenant: ID<Tenant>, as runClass: RunClass = .normal, due: Date? = nil) -> Run {
    let run = Run(
      id: ID(UUID.drawn(from: &world.random)), tenant: tenant,
      place: RunPlace(SimulatedSend.lane, runClass, source: payload.source ?? "", gate: payload.gate),
      dueAt: due ?? world.date)
    rows[run.id] = Row(run: run, payload: payload, createdAt: world.date)
    return run
  }

  func start(_ ids: [ID<Run>], worker: String) throws -> Starts {
    guard ids.allSatisfy({ rows[$0]?.lockedBy == nil }) else { throw Wire.Blocked() }
    return ids.reduce(into: Starts()) { starts, id in
      guard var row = rows[id], !row.state.isEnd else { return }
      let wait = row.run.dueAt.timeIntervalSince(world.date)
      if row.state == .ready, wait > 2 { return starts.early.append((id, .seconds(wait))) }
      let pause = pauses.intersection(["brand:\(row.run.tenant)", "gate:\(row.run.place.gate ?? "")"]).min()
      if let pause, row.state == .ready, !row.isCancelled {
        if missing != .pauses { return starts.paused.append((id, pause)) }
        broken(.startedPaused, "\(row.payload.number) was started under the pause \(pause)")
      }
      row.crashes += row.state == .running ? 1 : 0
      (row.state, row.epoch, row.worker, row.startedAt) = (.running, row.epoch + 1, worker, world.date)
      row.starts.append(world.milliseconds)
      rows[id] = row
      world.tell("\(worker) starts \(row.payload.number), epoch \(row.epoch), crashes \(row.crashes)")
      starts.started.append(
        StartedRun(
          id: id, tenant: row.run.tenant, kind: SimulatedSend.kind, runClass: row.run.place.runClass,
          dueAt: row.run.dueAt, payload: row.payload.text, epoch: row.epoch, attempts: row.attempts,
          crashes: row.crashes, isCancelled: row.isCancelled))
    }
  }

  func finish(_ endings: [Ending], horizon: Date) throws -> Finishes {
    guard endings.allSatisfy({ rows[$0.run]?.lockedBy == nil }) else { throw Wire.Blocked() }
    return endings.reduce(into: Finishes()) { finishes, ending in
      guard var row = rows[ending.run], row.state == .running else { return }
      if row.epoch != ending.epoch {
        guard missing == .epochs else { return }
        broken(.endedByOvertaken, "\(row.payload.number), epoch \(row.epoch), was ended by epoch \(ending.epoch)")
      }
      row.state = State(rawValue: ending.state.rawValue) ?? .dead
      let delayed = ending.delay.map { world.date.addingTimeInterval($0 / .seconds(1)) }
      row.run = row.run.due(at: ending.dueAt ?? delayed ?? row.run.dueAt)
      row.attempts += ending.chargesAttempt ? 1 : 0
      row.error = ending.error ?? row.error
      row.isSwept = row.isSwept && row.run.dueAt < horizon
      row.worker = nil
      if row.state.isEnd { row.endedAt = world.date }
      rows[ending.run] = row
      finishes.written.insert(ending.run)
      world.tell("\(row.payload.number), epoch \(row.epoch), stands as \(row.state), \(ending.error ?? "no error")")
    }
  }

  func isCurrent(_ run: ID<Run>, _ epoch: Int) -> Bool {
    guard let row = rows[run] else { return false }
    return missing == .epochs || row.state == .running && row.epoch == epoch
  }

  func require(_ run: ID<Run>, _ epoch: Int) throws {
    guard isCurrent(run, epoch) else { throw Overtaken() }
  }

  struct Overtaken: Error {}

  /// When an attempt was started, in milliseconds of the history.
  func began(_ attempt: Attempt) -> Int { rows[attempt.run]?.starts[attempt.epoch - 1] ?? 0 }

  var ordered: [Row] { rows.values.sorted { $0.run.id < $1.run.id } }

  // MARK: - Transactions over several statements

  struct SessionIsOver: Error {}

  func begin(_ process: String) -> Int {
    numbers += 1
    sessions[numbers] = process
    return numbers
  }

  /// What the server does when a process is gone, or its connection.
  func endSessions(of process: String) {
    for (session, owner) in sessions where owner == process { end(session) }
  }

  func end(_ session: Int) {
    sessions[session] = nil
    for (turn, holder) in turns where holder == session { turns[turn] = nil }
    for (id, row) in rows where row.lockedBy == session { rows[id]?.lockedBy = nil }
  }

  /// False when somebody else has the turn.
  func lock(_ turn: String, _ session: Int) -> Bool {
    guard sessions[session] != nil, turns[turn] == nil else { return false }
    turns[turn] = session
    return true
  }

  func takeUnswept(_ limit: Int, before horizon: Date, _ session: Int) throws -> [Run] {
    guard sessions[session] != nil else { throw SessionIsOver() }
    guard missing != .mending else { return [] }
    let unseen = rows.values.filter {
      $0.state == .ready && !$0.isSwept && $0.run.dueAt < horizon && $0.lockedBy == nil
        && $0.createdAt < world.date.addingTimeInterval(-1)
    }
    let runs = unseen.map(\.run).sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }.prefix(limit)
    for run in runs { rows[run.id]?.lockedBy = session }
    return Array(runs)
  }

  func commit(_ session: Int) throws {
    guard sessions[session] != nil else { throw SessionIsOver() }
    for (id, row) in rows where row.lockedBy == session { rows[id]?.isSwept = true }
    end(session)
  }
}

extension Run {
  func due(at date: Date) -> Run { Run(id: id, tenant: tenant, place: place, dueAt: date) }
}

extension UUID {
  static func drawn(from random: inout Seeded) -> UUID {
    withUnsafeBytes(of: (random.next(), random.next())) { bytes in
      UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
  }
}

/// A rule that a history broke.
struct Violation: Sendable, CustomStringConvertible {
  enum Kind: String, Sendable {
    case doubled, lost, untrue, unknownInVain, givenUpInVain, chargedInVain
    case endedByOvertaken, begunWhenOvertaken, gateCrossed, overLimit, startedPaused
    case indexNotEmpty, rebuiltInVain, notStopped, escaped
  }

  let kind: Kind
  let what: String

  var description: String { "\(kind): \(what)" }
}
