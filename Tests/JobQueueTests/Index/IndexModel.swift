import Identifiers
import JobQueue

@testable import JobQueue

/// The index as a plain value: what the scripts must do, one run after the other. Time is counted in whole steps, and what
/// is at zero steps or below has come. Fair shares are start-time fair queueing in three levels, written down once more.
struct IndexModel {
  struct Flow: Hashable {
    let lane: String
    let runClass: RunClass
    let tenant: String
  }

  struct Ring: Hashable {
    let lane: String
    let runClass: RunClass
  }

  struct Line: Hashable {
    let flow: Flow
    let source: String
  }

  struct Known {
    let place: String
    let line: Line
    let gate: String?
  }

  /// The virtual time of a lane.
  struct Clock {
    var now = 0.0
    var tags: [RunClass: Double] = [:]
    var times: [RunClass: Double] = [:]
  }

  static let shares: [RunClass: Double] = [.interactive: 8, .normal: 4, .bulk: 1]

  var known: [String: Known] = [:]
  var holders: [String: String] = [:]
  var leases: [String: Int] = [:]
  var due: [String: Int] = [:]
  var lines: [Line: [String]] = [:]
  var sources: [Flow: Tags] = [:]
  var rings: [Ring: Tags] = [:]
  var owed: [Ring: Tags] = [:]
  var clocks: [String: Clock] = [:]
  var costs: [String: Double] = [:]
  var weights: [String: Double] = [:]
  var gates: [String: String] = [:]
  var held: [String: [String]] = [:]
  var shut: [String: Int] = [:]
  var asleep: [String: [String]] = [:]
  /// The lists that hold a token.
  var tokens: Set<String> = []
  var ticks = 0
  var isWhole = true
  /// Off in a control: then what a full reservation leaves behind wakes nobody.
  var handsOn = true
  private var woken: Set<String> = []
  /// By how much shares are to be set right, once a step is over.
  var corrections: [Ring: [String: Double]] = [:]

  func cost(of lane: String) -> Double { costs[lane] ?? 10 }
  func weight(of tenant: String) -> Double { weights[tenant] ?? 1 }
  func flights(of tenant: String) -> Int { holders.keys.count { known[$0]?.line.flow.tenant == tenant } }

  // MARK: - Making ready

  mutating func makeReady(_ run: String, inFront: Bool = false) {
    guard let line = known[run]?.line else { return }
    let flow = line.flow
    let wasEmpty = lines[line, default: []].isEmpty
    if inFront { lines[line, default: []].insert(run, at: 0) } else { lines[line, default: []].append(run) }
    if wasEmpty {
      let first = sources[flow]?.first
      sources[flow, default: Tags()].add(line.source, first.map { $0.tag + cost(of: flow.lane) } ?? 0)
      if first == nil { enterRing(flow) }
    }
    wake(flow)
  }

  /// One that is the next of all wakes a worker.
  mutating func wait(_ run: String, _ steps: Int) {
    due[run] = steps
    guard let flow = known[run]?.line.flow, due.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key == run else {
      return
    }
    wake(flow)
  }

  private mutating func wake(_ flow: Flow) {
    wake(SlotKind.any, in: flow.lane)
    wake(SlotKind.newcomers, in: flow.lane)
    if flow.runClass == .interactive { wake(SlotKind.interactive, in: flow.lane) }
  }

  mutating func wake(_ kind: SlotKind, in lane: String) { woken.insert(kind.tokens + lane) }

  /// Nothing is ready for slots of the kind: of what this script has made ready nothing is left.
  mutating func letSleep(_ kind: SlotKind, in lane: String) { woken.remove(kind.tokens + lane) }

  private mutating func enterRing(_ flow: Flow) {
    let ring = Ring(lane: flow.lane, runClass: flow.runClass)
    let now = clocks[flow.lane]?.times[flow.runClass] ?? 0
    let tag = max(now, owed[ring]?.remove(flow.tenant) ?? now)
    rings[ring, default: Tags()].add(flow.tenant, tag)
  }

  mutating func openGate(_ gate: String) {
    guard gates[gate] == nil, shut[gate] == nil else { return }
    while held[gate]?.isEmpty == false, let run = held[gate]?.removeFirst() {
      if known[run] != nil, holders[run] == nil { return makeReady(run, inFront: true) }
    }
  }

  /// One that has nothing ready, and whose tag is past, owes nothing.
  mutating func correctShares() {
    for (ring, tenants) in corrections {
      let time = clocks[ring.lane]?.times[ring.runClass] ?? 0
      for (tenant, change) in tenants where rings[ring]?.move(tenant, by: change) != true {
        if let tag = owed[ring]?.tags[tenant], tag > time { owed[ring]?.set(tenant, tag + change) }
      }
    }
    corrections = [:]
  }

  /// Ends what a script does.
  mutating func handOutTokens() {
    correctShares()
    tokens.formUnion(woken)
    woken = []
  }

  mutating func letGo(_ run: String) -> String? {
    holders[run] = nil
    leases[run] = nil
    let gate = known[run]?.gate
    if let gate, gates[gate] == run { gates[gate] = nil }
    return gate
  }
}

/// A sorted set of Redis: names by tag, those of one tag by name.
struct Tags: Equatable {
  private(set) var tags: [String: Double] = [:]

  var first: (name: String, tag: Double)? { sorted.first }
  var sorted: [(name: String, tag: Double)] {
    tags.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
  }
  var isEmpty: Bool { tags.isEmpty }

  /// Only if it is not there.
  mutating func add(_ name: String, _ tag: Double) { if tags[name] == nil { tags[name] = tag } }
  mutating func set(_ name: String, _ tag: Double) { tags[name] = tag }
  mutating func remove(_ name: String) -> Double? { tags.removeValue(forKey: name) }
  mutating func move(_ name: String, by change: Double) -> Bool {
    guard let tag = tags[name] else { return false }
    tags[name] = tag + change
    return true
  }
}
