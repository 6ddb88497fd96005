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
  private let tenants: [ID<Tenant>]

  private static let lanes: [Lane] = [.errands, .asides]
  private static let workers = ["one", "two"]
  /// Longer than a history takes, so that time passes only where the history says so; four are within the horizon.
  private static let step: TimeInterval = 145

  init(_ engine: Engine, random: Seeded) {
    self.engine = engine
    self.random = random
    model = IndexModel(lanes: Self.lanes)
    tenants = (0..<3).map { _ in ID<Tenant>() }
    var choice = random
    let (tenants, base) = (tenants, base)
    runs = (0..<24).map { number in
      Run(id: ID(), tenant: tenants[choice.number(0...2)], lane: Self.lanes[choice.number(0...1)], dueAt: base)
    }
  }

  mutating func play(_ commands: Int) async throws {
    try await engine.index.declareWhole(generation)
    for number in 1...commands {
      let command = try await step()
      let comment: Comment = "\(random), command \(number): \(command)"
      let picture = try await engine.picture(
        lanes: Self.lanes, tenants: tenants.map { "\($0)" }, generation: generation.uuidString)
      try #require(picture == model.picture, comment)
      try #require(picture.misplaced.isEmpty, comment)
    }
  }

  /// Returns the name of the command.
  private mutating func step() async throws -> String {
    switch random.number(1...100) {
    case ...30: try await push()
    case ...55: try await reserve()
    case ...75: try await settle()
    case ...80: try await extend()
    case ...85: try await reap()
    case ...89: try await restore()
    case ...91: try await loseGeneration()
    default: try await pass()
    }
  }

  private func date(_ steps: Int) -> Date { base.addingTimeInterval(Double(steps) * Self.step) }
  private func lease(_ steps: Int) -> Duration { .seconds(Double(steps) * Self.step) }
  private mutating func worker() -> String { Self.workers[random.number(0...1)] }

  private mutating func push() async throws -> String {
    let steps = random.number(-1...4)
    let pushed = random.some(of: runs, atMost: 6).map {
      Run(id: $0.id, tenant: $0.tenant, lane: $0.lane, dueAt: date(steps))
    }
    try await engine.index.push(pushed)
    for run in pushed { model.push(run, dueIn: steps) }
    return "push \(pushed.count)"
  }

  private mutating func reserve() async throws -> String {
    let (worker, count, steps) = (worker(), random.number(0...5), random.number(1...3))
    let lanes = random.some(of: Self.lanes, atMost: 2)
    let asked = random.chance(0.1) ? UUID() : generation
    let answer = try await engine.index.reserve(
      upTo: count, for: worker, lanes: lanes, lease: lease(steps), generation: asked)
    switch answer {
    case .notWhole:
      #expect(asked != generation || !model.isWhole, "\(random)")
    case .runs(let reserved, let nextDue):
      try #require(asked == generation, "\(random)")
      let expected = model.reserve(upTo: count, for: worker, lanes: lanes, lease: steps)
      try #require(reserved.map { "\($0)" } == expected, "\(random)")
      try check(nextDue)
    }
    return "reserve \(count)"
  }

  private func check(_ nextDue: Duration?) throws {
    guard let steps = model.nextDue else { return #expect(nextDue == nil, "\(random)") }
    let wait = try #require(nextDue, "\(random)")
    #expect(wait <= lease(steps) + .milliseconds(1) && wait > lease(steps - 1), "\(random)")
  }

  private mutating func settle() async throws -> String {
    let (worker, steps) = (worker(), random.number(-1...3))
    let verbs: [RunIndex.Verb] = [.done, .later, .front]
    let settled = random.some(of: runs, atMost: 8).map { ($0.id, verbs[random.number(0...2)], due: Date?(date(steps))) }
    try await engine.index.settle(settled, of: worker)
    for (run, verb, _) in settled { model.settle("\(run)", verb, dueIn: steps, of: worker) }
    return "settle \(settled.count)"
  }

  private mutating func extend() async throws -> String {
    let (worker, steps) = (worker(), random.number(1...3))
    let extended = random.some(of: runs, atMost: 12).map(\.id)
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
    for set in ["due", "leases"] {
      for member in (try await engine.redis("ZRANGE", set, 0, -1).array ?? []).compactMap(\.string) {
        _ = try await engine.redis("ZINCRBY", set, -steps * Int(Self.step * 1_000), member)
      }
    }
    model.pass(steps)
    return "pass \(steps)"
  }
}
