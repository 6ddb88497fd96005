import Foundation
import Identifiers
import JobQueue
import Redis
import Testing

@testable import JobQueue

/// A random history of commands, done to the model and to Redis, which are compared after each.
struct IndexHistory {
  private let engine: Engine
  private var random: Seeded
  private var model: IndexModel
  private let generation = UUID()
  private let base = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
  private let runs: [Run]
  private var forgotten: Set<String> = []

  private static let lanes: [Lane] = [.errands, .asides]
  private static let workers = ["one", "two"]
  private static let pauses = ["brand:one", "kind:two"]
  /// Longer than a history takes, so that time passes only where the history says so; four are within the horizon.
  private static let step: TimeInterval = 145

  /// - Parameter tenants: with more of them than a reservation wants, the scripts see only the beginning of a ring.
  init(_ engine: Engine, random: Seeded, tenants count: Int) {
    self.engine = engine
    self.random = random
    model = IndexModel()
    let (tenants, base) = ((0..<count).map { _ in ID<Tenant>() }, base)
    var choice = random
    runs = (0..<10 * count).map { _ in
      let place = RunPlace(
        Self.lanes[choice.number(0...1)], RunClass.allCases[choice.number(0...2)],
        source: ["", "a", "b"][choice.number(0...2)], gate: [nil, nil, "east", "west"][choice.number(0...3)])
      return Run(id: ID(), tenant: tenants[choice.number(0...count - 1)], place: place, dueAt: base)
    }
    model.weights = ["\(tenants[0])": 3]
  }

  mutating func play(_ commands: Int) async throws {
    try await engine.index.declareWhole(generation)
    try await engine.index.setWeights([try #require(ID<Tenant>(model.weights.keys.first ?? "")): 3])
    for number in 1...commands {
      let command = try await step()
      let comment: Comment = "\(random), command \(number): \(command)"
      let picture = try await engine.picture(generation: generation.uuidString)
      try #require(picture.differences(from: model.picture) == [], comment)
      try #require(picture.misplaced(butFor: forgotten).isEmpty, comment)
    }
  }

  /// Returns the name of the command.
  private mutating func step() async throws -> String {
    switch random.number(1...100) {
    case ...26: try await push()
    case ...52: try await reserve()
    case ...72: try await settle()
    case ...76: try await extend()
    case ...80: try await reap()
    case ...83: try await restore()
    case ...85: try await loseGeneration()
    case ...88: try await rouse()
    case ...90: try await forget()
    case ...92: try await moveToFront()
    default: try await pass()
    }
  }

  private func date(_ steps: Int) -> Date { base.addingTimeInterval(Double(steps) * Self.step) }
  private func lease(_ steps: Int) -> Duration { .seconds(Double(steps) * Self.step) }
  private mutating func worker() -> String { Self.workers[random.number(0...1)] }

  private mutating func push() async throws -> String {
    let steps = random.number(-1...4)
    let pushed = random.some(of: runs, atMost: runs.count / 4).map {
      Run(id: $0.id, tenant: $0.tenant, place: $0.place, dueAt: date(steps))
    }
    try await engine.index.push(pushed)
    for run in pushed { model.push(run, dueIn: steps) }
    model.handOutTokens()
    return "push \(pushed.count)"
  }

  private mutating func reserve() async throws -> String {
    let (worker, steps) = (worker(), random.number(1...3))
    let most = [2, 5, 20][random.number(0...2)]
    let wish = ReservationWish(
      count: random.number(0...most), interactive: random.number(0...1), lanes: random.some(of: Self.lanes, atMost: 2),
      lease: lease(steps), tenantCap: [1, 2, 1_000][random.number(0...2)], isCapStrict: random.chance(0.2))
    let asked = random.chance(0.1) ? UUID() : generation
    switch try await engine.index.reserve(wish, for: worker, generation: asked) {
    case .notWhole:
      #expect(asked != generation || !model.isWhole, "\(random)")
    case .runs(let reserved, let nextDue, let ticks):
      try #require(asked == generation, "\(random)")
      let expected = model.reserve(wish, for: worker, lease: steps)
      try #require(reserved.map { "\($0)" } == expected, "\(random)")
      #expect(ticks == model.ticks, "\(random)")
      try check(nextDue)
    }
    return "reserve \(wish.count)"
  }

  private func check(_ nextDue: Duration?) throws {
    guard let steps = model.nextDue else { return #expect(nextDue == nil, "\(random)") }
    let wait = try #require(nextDue, "\(random)")
    #expect(wait <= lease(steps) + .milliseconds(1) && wait > lease(steps - 1), "\(random)")
  }

  private mutating func settle() async throws -> String {
    let (worker, steps) = (worker(), random.number(-1...3))
    let verbs: [Settlement.Verb] = [
      .done(cost: .milliseconds([0, 9, 40][random.number(0...2)])), .done(cost: nil), .later(date(steps)), .front,
      .shut(until: date(steps)), .shutFor(.zero), .after(.zero), .asleep(pause: Self.pauses[random.number(0...1)]),
    ]
    let settled = random.some(of: runs, atMost: runs.count / 4).map { Settlement($0.id, verbs[random.number(0...7)]) }
    try await engine.index.settle(settled, of: worker)
    for settlement in settled { model.settle(settlement, dueIn: steps, of: worker) }
    model.handOutTokens()
    return "settle \(settled.count)"
  }

  private mutating func extend() async throws -> String {
    let (worker, steps) = (worker(), random.number(1...3))
    let extended = random.some(of: runs, atMost: 12).map(\.id)
    guard model.isWhole || extended.isEmpty else {
      await #expect(throws: RunIndex.NotWhole.self, "\(random)") {
        try await engine.index.extend(extended, of: worker, lease: lease(steps))
      }
      return "extend nothing"
    }
    let lost = try await engine.index.extend(extended, of: worker, lease: lease(steps))
    try #require(
      lost.map { "\($0)" } == model.extend(extended.map { "\($0)" }, of: worker, lease: steps), "\(random)")
    return "extend \(extended.count)"
  }

  private mutating func reap() async throws -> String {
    let order = (try await engine.redis("ZRANGE", "leases", 0, -1).array ?? []).compactMap(\.string)
    let expired = order.filter(model.expired.contains)
    #expect(try await engine.index.reap() == expired.count, "\(random)")
    model.reap(expired)
    return "reap \(expired.count)"
  }

  private mutating func restore() async throws -> String {
    let (worker, steps) = (worker(), random.number(1...3))
    let restored = random.some(of: runs, atMost: 4)
    try await engine.index.restore(restored.map { ($0, worker: worker) }, lease: lease(steps))
    for run in restored { model.restore(run, worker: worker, lease: steps) }
    return "restore \(restored.count)"
  }

  private mutating func rouse() async throws -> String {
    let pause = Self.pauses[random.number(0...1)]
    try await engine.index.rouse(pause)
    model.rouse(pause)
    return "rouse"
  }

  private mutating func forget() async throws -> String {
    let runs = random.some(of: runs, atMost: 4).map(\.id)
    let known = runs.filter { model.forget("\($0)") }
    model.handOutTokens()
    #expect(try await engine.index.forget(runs) == known.count, "\(random)")
    forgotten.formUnion(known.map { "\($0)" })
    return "forget \(known.count)"
  }

  private mutating func moveToFront() async throws -> String {
    let runs = random.some(of: runs, atMost: 4).map(\.id)
    let waiting = runs.filter { model.moveToFront("\($0)") }
    model.handOutTokens()
    #expect(try await engine.index.moveToFront(runs.reversed()) == waiting.count, "\(random)")
    return "front \(waiting.count)"
  }

  private mutating func loseGeneration() async throws -> String {
    if model.isWhole {
      _ = try await engine.redis("DEL", "generation")
    } else {
      try await engine.index.declareWhole(generation)
    }
    model.isWhole.toggle()
    return "generation"
  }

  /// Everything comes nearer by some steps: what waiting would do, without the waiting.
  private mutating func pass() async throws -> String {
    let steps = random.number(1...2)
    for set in ["due", "leases", "shut"] {
      for member in (try await engine.redis("ZRANGE", set, 0, -1).array ?? []).compactMap(\.string) {
        _ = try await engine.redis("ZINCRBY", set, -steps * Int(Self.step * 1_000), member)
      }
    }
    model.pass(steps)
    return "pass \(steps)"
  }
}
