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
  var tokens: [String: Int] = [:]
  var ticks = 0
  var isWhole = true
  private var woken: [String: Int] = [:]

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
    woken["wake:\(flow.lane)", default: 0] += 1
    woken["calm:\(flow.lane)", default: 0] += 1
    if flow.runClass == .interactive { woken["urgent:\(flow.lane)", default: 0] += 1 }
  }

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

  mutating func handOutTokens() {
    for (key, count) in woken { tokens[key, default: 0] = min(tokens[key, default: 0] + count, 64) }
    woken = [:]
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
  mutating func forget(upTo tag: Double) { tags = tags.filter { $0.value > tag } }
}
