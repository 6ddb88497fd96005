import Identifiers
import JobQueue

@testable import JobQueue

/// What each script does.
extension IndexModel {
  mutating func push(_ run: Run, dueIn steps: Int) {
    let id = "\(run.id)"
    guard know(run) else { return }
    if steps <= 0 { makeReady(id) } else { wait(id, steps) }
  }

  /// False when it was known already.
  private mutating func know(_ run: Run) -> Bool {
    guard known["\(run.id)"] == nil else { return false }
    let flow = Flow(lane: run.place.lane.name, runClass: run.place.runClass, tenant: "\(run.tenant)")
    known["\(run.id)"] = Known(
      place: run.indexPlace, line: Line(flow: flow, source: run.place.source),
      gate: run.place.gate.map { "\(run.tenant):\($0)" })
    return true
  }

  /// The runs in the order in which they are leased; nil when the index is not whole.
  mutating func reserve(_ wish: ReservationWish, for worker: String, lease steps: Int) -> [String]? {
    guard isWhole else { return nil }
    for (run, _) in due.filter({ $0.value <= 0 }).sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      due[run] = nil
      if holders[run] == nil { makeReady(run) }
    }
    for (gate, _) in shut.filter({ $0.value <= 0 }).sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      shut[gate] = nil
      openGate(gate)
    }
    ticks += 1
    var leased: [String] = []
    var (turn, emptyInARow) = (0, 0)
    while leased.count < wish.count + wish.interactive, emptyInARow < wish.lanes.count {
      let lane = wish.lanes[turn % wish.lanes.count].name
      turn += 1
      switch takeNext(of: lane, onlyInteractive: leased.count >= wish.count, wish) {
      case .nothing: emptyInARow += 1
      case .skipped: emptyInARow = 0
      case .run(let run):
        emptyInARow = 0
        leases[run] = steps
        holders[run] = worker
        leased.append(run)
      }
    }
    handOn(wish, isFull: leased.count == wish.count + wish.interactive, isEmpty: leased.isEmpty)
    handOutTokens()
    return leased
  }

  /// What a full reservation leaves behind wakes another worker. Where it got less than it wished nothing is left for it.
  private mutating func handOn(_ wish: ReservationWish, isFull: Bool, isEmpty: Bool) {
    let kind: SlotKind = wish.isCapStrict ? .newcomers : wish.count > 0 ? .any : .interactive
    let classes = RunClass.allCases.filter { $0 == .interactive || wish.count > 0 }
    for lane in wish.lanes.map(\.name) {
      if isFull {
        let isLeft = classes.contains { rings[Ring(lane: lane, runClass: $0)]?.isEmpty == false }
        if isLeft, handsOn { wake(kind, in: lane) }
      } else {
        for kind in kind == .any ? [.any, .interactive, .newcomers] : [kind] {
          letSleep(kind, in: lane)
          if isEmpty { tokens.remove(kind.tokens + lane) }
        }
      }
    }
  }

  private enum Taken {
    case nothing
    case skipped
    case run(String)
  }

  private mutating func takeNext(of lane: String, onlyInteractive: Bool, _ wish: ReservationWish) -> Taken {
    var clock = clocks[lane] ?? Clock()
    let classes = RunClass.allCases.filter { $0 == .interactive || !onlyInteractive }
      .filter { nextTenant(in: Ring(lane: lane, runClass: $0), wish) != nil }
      .map { (runClass: $0, tag: max(clock.tags[$0] ?? 0, clock.now)) }
    guard let (runClass, classTag) = classes.min(by: { $0.tag < $1.tag }) else { return .nothing }
    let ring = Ring(lane: lane, runClass: runClass)
    guard let (tenant, tag) = nextTenant(in: ring, wish) else { return .nothing }
    let flow = Flow(lane: lane, runClass: runClass, tenant: tenant)
    let (run, isLast) = popRun(of: flow, cost: cost(of: lane))
    var passes = known[run] != nil && holders[run] == nil
    if passes, let gate = known[run]?.gate {
      if gates[gate] != nil || shut[gate] != nil {
        held[gate, default: []].append(run)
        passes = false
      } else {
        gates[gate] = run
      }
    }
    let next = tag + (passes ? cost(of: lane) / weight(of: tenant) : 0)
    if isLast {
      _ = rings[ring]?.remove(tenant)
      owed[ring, default: Tags()].set(tenant, next)
    } else {
      rings[ring]?.set(tenant, next)
    }
    guard passes else { return .skipped }
    clock.now = classTag
    clock.tags[runClass] = classTag + cost(of: lane) / (Self.shares[runClass] ?? 1)
    clock.times[runClass] = max(tag, clock.times[runClass] ?? 0)
    clocks[lane] = clock
    return .run(run)
  }

  private func nextTenant(in ring: Ring, _ wish: ReservationWish) -> (name: String, tag: Double)? {
    let waiting = rings[ring]?.sorted.prefix(16) ?? []
    return waiting.first { flights(of: $0.name) < wish.tenantCap } ?? (wish.isCapStrict ? nil : waiting.first)
  }

  /// The next run of a tenant, and whether the tenant has no other.
  private mutating func popRun(of flow: Flow, cost: Double) -> (String, isLast: Bool) {
    guard let (source, tag) = sources[flow]?.first else { return ("", true) }
    let line = Line(flow: flow, source: source)
    let run = lines[line]?.removeFirst() ?? ""
    let others = (sources[flow]?.sorted.count ?? 0) > 1
    guard lines[line]?.isEmpty != false else {
      if others { sources[flow]?.set(source, tag + cost) }
      return (run, false)
    }
    lines[line] = nil
    _ = sources[flow]?.remove(source)
    return (run, !others)
  }

  mutating func settle(_ settlement: Settlement, dueIn steps: Int, of worker: String) {
    let run = "\(settlement.run)"
    guard holders[run] == worker else { return }
    // Runs without a gate that are done one after the other are one step.
    if case .done = settlement.verb, known[run]?.gate == nil {} else { correctShares() }
    let gate = letGo(run)
    switch settlement.verb {
    case .done(let cost):
      if let cost { correct(run, max(cost / .milliseconds(1), 1)) }
      if gate != nil { correctShares() }
      known[run] = nil
    case .asleep(let pause): asleep[pause, default: []].append(run)
    case .shut where gate != nil && steps > 0:
      shut[gate ?? ""] = steps
      held[gate ?? "", default: []].append(run)
    case .later, .shut: if steps > 0 { wait(run, steps) } else { makeReady(run) }
    case .after, .shutFor: makeReady(run)
    case .front: makeReady(run, inFront: true)
    }
    if let gate { openGate(gate) }
  }

  private mutating func correct(_ run: String, _ cost: Double) {
    guard let flow = known[run]?.line.flow else { return }
    let charged = self.cost(of: flow.lane)
    costs[flow.lane] = charged + (cost - charged) * 0.05
    guard abs(cost - charged) >= 1 else { return }
    let change = (cost - charged) / weight(of: flow.tenant)
    let ring = Ring(lane: flow.lane, runClass: flow.runClass)
    corrections[ring, default: [:]][flow.tenant, default: 0] += change
  }

  /// Returns what the worker does not hold.
  mutating func extend(_ runs: [String], of worker: String, lease steps: Int) -> [String] {
    for run in runs where holders[run] == worker { leases[run] = steps }
    return runs.filter { holders[$0] != worker }
  }

  var expired: Set<String> { Set(leases.filter { $0.value <= 0 }.keys) }

  /// - Parameter order: the expired leases, the oldest first; the model does not know the milliseconds between them.
  mutating func reap(_ order: [String]) {
    for run in order {
      let gate = letGo(run)
      makeReady(run, inFront: true)
      if let gate { openGate(gate) }
    }
    handOutTokens()
  }

  mutating func restore(_ run: Run, worker: String, lease steps: Int) {
    guard know(run) else { return }
    leases["\(run.id)"] = steps
    holders["\(run.id)"] = worker
    if let gate = known["\(run.id)"]?.gate, gates[gate] == nil { gates[gate] = "\(run.id)" }
  }

  mutating func rouse(_ pause: String) {
    for run in asleep.removeValue(forKey: pause) ?? [] where known[run] != nil && holders[run] == nil { makeReady(run) }
    handOutTokens()
  }

  mutating func forget(_ run: String) -> Bool {
    guard known[run] != nil, holders[run] == nil else { return false }
    let gate = known[run]?.gate
    known[run] = nil
    due[run] = nil
    if let gate { openGate(gate) }
    return true
  }

  mutating func moveToFront(_ run: String) -> Bool {
    guard let line = known[run]?.line, holders[run] == nil else { return false }
    if let place = lines[line]?.firstIndex(of: run) {
      lines[line]?.remove(at: place)
      lines[line]?.insert(run, at: 0)
      return true
    }
    guard due.removeValue(forKey: run) != nil else { return false }
    makeReady(run, inFront: true)
    return true
  }

  mutating func pass(_ steps: Int) {
    due = due.mapValues { $0 - steps }
    leases = leases.mapValues { $0 - steps }
    shut = shut.mapValues { $0 - steps }
  }

  /// Steps until something comes due.
  var nextDue: Int? { (Array(due.values) + Array(shut.values)).min() }
}
