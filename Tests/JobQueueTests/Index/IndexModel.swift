import Identifiers
import JobQueue

@testable import JobQueue

/// The index as a plain value: what the scripts must do, one run and one lane after the other. Time is counted in whole
/// steps, and what is at zero steps or below has come.
struct IndexModel {
  struct Line: Hashable {
    let lane: String
    let tenant: String
  }

  private var lines: [String: Line] = [:]
  private var due: [String: Int] = [:]
  private var ready: [Line: [String]] = [:]
  private var rings: [String: [String]] = [:]
  private var leases: [String: (worker: String, steps: Int)] = [:]
  private var tokens: [String: Int]
  var isWhole = true

  init(lanes: [Lane]) {
    tokens = Dictionary(uniqueKeysWithValues: lanes.map { ($0.name, 0) })
  }

  mutating func push(_ run: Run, dueIn steps: Int) {
    let id = "\(run.id)"
    guard lines[id] == nil else { return }
    let line = Line(lane: run.lane.name, tenant: "\(run.tenant)")
    lines[id] = line
    if steps <= 0 { makeReady(id, line) } else { due[id] = steps }
  }

  /// Nil when the index is not whole.
  mutating func reserve(upTo count: Int, for worker: String, lanes: [Lane], lease steps: Int) -> [String]? {
    guard isWhole else { return nil }
    for (run, _) in due.filter({ $0.value <= 0 }).sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      due[run] = nil
      if let line = lines[run] { makeReady(run, line) }
    }
    var reserved: [String] = []
    var turn = 0
    var emptyInARow = 0
    while reserved.count < count, emptyInARow < lanes.count {
      let run = takeNext(of: lanes[turn % lanes.count].name)
      turn += 1
      emptyInARow = run == nil ? emptyInARow + 1 : 0
      if let run {
        leases[run] = (worker, steps)
        reserved.append(run)
      }
    }
    return reserved
  }

  private mutating func takeNext(of lane: String) -> String? {
    guard let tenant = rings[lane]?.first else { return nil }
    rings[lane]?.removeFirst()
    let line = Line(lane: lane, tenant: tenant)
    let run = ready[line]?.removeFirst()
    if ready[line]?.isEmpty == false { rings[lane]?.append(tenant) }
    return run
  }

  mutating func settle(_ run: String, _ verb: RunIndex.Verb, dueIn steps: Int, of worker: String) {
    guard leases[run]?.worker == worker else { return }
    leases[run] = nil
    guard verb != .done, let line = lines[run] else {
      lines[run] = nil
      return
    }
    if verb == .later, steps > 0 { due[run] = steps } else { makeReady(run, line, inFront: verb == .front) }
  }

  /// Returns what the worker does not hold.
  mutating func extend(_ runs: [String], of worker: String, lease steps: Int) -> [String] {
    for run in runs where leases[run]?.worker == worker { leases[run] = (worker, steps) }
    return runs.filter { leases[$0]?.worker != worker }
  }

  var expired: Set<String> { Set(leases.filter { $0.value.steps <= 0 }.keys) }

  /// - Parameter order: the expired leases, the oldest first; the model does not know the milliseconds between them.
  mutating func reap(_ order: [String]) {
    for run in order {
      leases[run] = nil
      if let line = lines[run] { makeReady(run, line, inFront: true) }
    }
  }

  mutating func restore(_ run: Run, worker: String, lease steps: Int) {
    let id = "\(run.id)"
    guard lines[id] == nil else { return }
    lines[id] = Line(lane: run.lane.name, tenant: "\(run.tenant)")
    leases[id] = (worker, steps)
  }

  mutating func pass(_ steps: Int) {
    due = due.mapValues { $0 - steps }
    leases = leases.mapValues { ($0.worker, $0.steps - steps) }
  }

  /// Steps until the next run comes due.
  var nextDue: Int? { due.values.min() }

  private mutating func makeReady(_ run: String, _ line: Line, inFront: Bool = false) {
    if inFront { ready[line, default: []].insert(run, at: 0) } else { ready[line, default: []].append(run) }
    if rings[line.lane]?.contains(line.tenant) != true { rings[line.lane, default: []].append(line.tenant) }
    tokens[line.lane] = min((tokens[line.lane] ?? 0) + 1, 64)
  }

  var picture: IndexPicture {
    IndexPicture(
      runs: lines.mapValues { "\($0.lane)|\($0.tenant)" },
      due: due.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key),
      ready: Dictionary(
        uniqueKeysWithValues: ready.filter { !$0.value.isEmpty }.map { ("\($0.key.lane):\($0.key.tenant)", $0.value) }),
      rings: rings.filter { !$0.value.isEmpty }, holders: leases.mapValues(\.worker), tokens: tokens, isWhole: isWhole)
  }
}
