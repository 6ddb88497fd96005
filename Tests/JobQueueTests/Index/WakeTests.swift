import Foundation
import Identifiers
import JobQueue
import Testing

@testable import JobQueue

/// Tokens are few, and still nobody sleeps beside work that he could take. Played on the model, which the scripts are held
/// against: each step is one script, or one blocking pop.
@Suite struct WakeTests {
  @Test(arguments: 1...500) func nobodySleepsBesideWork(number: Int) {
    var history = WakeHistory(Seeded())
    #expect(history.play(60) == [], "\(history.random)")
  }

  /// The control: where nobody wakes the next one, somebody sleeps on.
  @Test func seesWhoSleepsOn() {
    let sleepers = (1...500).map { seed in
      var history = WakeHistory(Seeded(quietly: UInt64(seed)), handsOn: false)
      return history.play(60)
    }
    #expect(sleepers.contains { !$0.isEmpty })
  }
}

/// Workers that take, work and wait, in an order drawn from a seed.
private struct WakeHistory {
  private struct Worker {
    enum State {
      case free
      /// Found nothing, and has not begun to wait.
      case tired
      case asleep
    }

    let name: String
    let kind: SlotKind
    let lanes: [Lane]
    var slots: Int
    var state = State.free
    var works: [String] = []

    var lists: [String] { lanes.map { kind.tokens + $0.name } }
    var wish: ReservationWish {
      ReservationWish(
        count: kind == .interactive ? 0 : slots, interactive: kind == .interactive ? slots : 0, lanes: lanes,
        lease: .seconds(30), tenantCap: 2, isCapStrict: kind == .newcomers)
    }
  }

  private(set) var random: Seeded
  private var model = IndexModel()
  private var workers: [Worker] = []
  private let tenants = (0..<3).map { _ in ID<Tenant>() }

  init(_ random: Seeded, handsOn: Bool = true) {
    self.random = random
    model.handsOn = handsOn
    for number in 0..<7 {
      let kind: SlotKind = [.any, .any, .interactive, .newcomers][number % 4]
      let lanes = self.random.some(of: [Lane.errands, .asides], atMost: 2)
      workers.append(
        Worker(
          name: "\(number)", kind: kind, lanes: lanes.isEmpty ? [.errands] : lanes, slots: self.random.number(1...3)))
    }
  }

  /// Who sleeps at the end although there is something for him.
  mutating func play(_ steps: Int) -> [String] {
    for _ in 1...steps {
      switch random.number(1...10) {
      case 1: push()
      case ...5: finish(random.number(0...workers.count - 1))
      default: go(random.number(0...workers.count - 1))
      }
    }
    // Whoever is awake goes on until he sleeps or has no slot.
    while let worker = workers.indices.first(where: { workers[$0].state != .asleep && workers[$0].slots > 0 }) {
      go(worker)
    }
    return workers.filter { worker in
      // The last may wait although a tenant has come below its cap since: the other kinds do not.
      guard worker.kind != .newcomers, worker.slots > 0 else { return false }
      var copy = model
      return copy.reserve(worker.wish, for: worker.name, lease: 1)?.isEmpty == false
    }.map(\.name)
  }

  private mutating func push() {
    for _ in 1...random.number(1...4) {
      let place = RunPlace(
        [Lane.errands, .asides][random.number(0...1)], RunClass.allCases[random.number(0...2)],
        source: ["", "a"][random.number(0...1)], gate: [nil, nil, "east"][random.number(0...2)])
      model.push(Run(id: ID(), tenant: tenants[random.number(0...2)], place: place, dueAt: .distantPast), dueIn: 0)
    }
    model.handOutTokens()
    serve()
  }

  private mutating func finish(_ number: Int) {
    guard let run = workers[number].works.popLast(), let id = ID<Run>(run) else { return }
    model.settle(Settlement(id, .done(cost: nil)), dueIn: 0, of: workers[number].name)
    model.handOutTokens()
    workers[number].slots += 1
    serve()
  }

  /// The next call of a worker.
  private mutating func go(_ number: Int) {
    guard workers[number].slots > 0 else { return }
    switch workers[number].state {
    case .free:
      let runs = model.reserve(workers[number].wish, for: workers[number].name, lease: 100) ?? []
      workers[number].works += runs
      workers[number].slots -= runs.count
      if runs.isEmpty { workers[number].state = .tired }
    case .tired: workers[number].state = .asleep
    case .asleep: break
    }
    serve()
  }

  /// Tokens go to those who wait, as long as there are any.
  private mutating func serve() {
    for number in workers.indices where workers[number].state == .asleep {
      guard let list = workers[number].lists.first(where: model.tokens.contains) else { continue }
      model.tokens.remove(list)
      workers[number].state = .free
    }
  }
}
