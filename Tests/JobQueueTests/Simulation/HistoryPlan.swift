import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// What is to happen in a history, drawn before it begins.
struct HistoryPlan: Sendable {
  struct Process: Sendable {
    let at: Double
    let slots: Int
    /// By how many seconds its wall clock is off.
    let skew: Double
  }

  struct Enqueue: Sendable {
    let at: Double
    let work: SimulatedSend
    let tenant: Int
    let runClass: RunClass
    let delay: TimeInterval
    let deliveries: Int
    let isPushed: Bool
  }

  enum Event: Sendable {
    case kill(Int)
    case freeze(Int, seconds: Double, whole: Bool)
    case cut(Int, Far, seconds: Double)
    case stop(Int)
    case loseIndex
    case rollBackIndex
    case pause(tenant: Int, seconds: Double, isRoused: Bool)
    case cancel(Int)

    /// Whether attempts may be cut off by it.
    var isFault: Bool {
      switch self {
      case .stop, .pause, .cancel: false
      default: true
      }
    }
  }

  /// The seconds after which nothing happens any more from outside.
  static let trouble = 60.0

  var processes: [Process] = []
  var enqueues: [Enqueue] = []
  var events: [(at: Double, event: Event)] = []
  /// How many of a thousand calls go wrong.
  var callFaults = 0
  var platformFaults = 0

  var hasFaults: Bool { callFaults > 0 || platformFaults > 0 || events.contains { $0.event.isFault } }

  init(from random: inout Seeded) {
    let isCalm = random.chance(0.15)
    processes = (0..<random.number(1...3)).map { _ in Self.process(at: 0, &random) }
    processes += (0..<random.number(0...2)).map { _ in Self.process(at: random.instant(in: Self.trouble), &random) }
    enqueues = (0..<random.number(4...14)).map { Self.enqueue($0, &random) }
    if !isCalm {
      callFaults = [0, 0, 5, 20, 60][random.number(0...4)]
      platformFaults = [0, 0, 30, 200][random.number(0...3)]
    }
    // The index is built anew again and again, and the builders are disturbed.
    if !isCalm, random.chance(0.2) {
      callFaults = 120
      for _ in 0..<random.number(3, 8) {
        events.append((random.instant(in: Self.trouble), random.chance(0.7) ? .loseIndex : .rollBackIndex))
      }
    }
    for _ in 0..<random.number(isCalm ? 0 : 1, 7) {
      let event = Self.event(processes.count, enqueues.count, &random)
      if !isCalm || !event.isFault { events.append((random.instant(in: Self.trouble), event)) }
    }
  }

  private static func process(at instant: Double, _ random: inout Seeded) -> Process {
    Process(
      at: instant, slots: [1, 2, 4, 8][random.number(0...3)],
      skew: random.chance(0.7) ? 0 : Double(random.number(-40...40)) / 10)
  }

  private static func enqueue(_ number: Int, _ random: inout Seeded) -> Enqueue {
    let tenant = random.number(0...1)
    // A gate is its tenant's own.
    let gate = [nil, "east-\(tenant)", "west-\(tenant)"][random.number(0...2)]
    return Enqueue(
      at: random.instant(in: 40),
      work: SimulatedSend(number: number, source: ["a", "b"][random.number(0...1)], gate: gate),
      tenant: tenant, runClass: RunClass.allCases[random.number(0...2)],
      delay: random.chance(0.8) ? 0 : random.instant(in: 20), deliveries: random.number(1...4),
      isPushed: random.chance(0.8))
  }

  private static func event(_ processes: Int, _ runs: Int, _ random: inout Seeded) -> Event {
    let process = random.number(0...processes - 1)
    let seconds = random.instant(in: 30)
    return switch random.number(1...100) {
    case ...20: .kill(process)
    case ...38: .freeze(process, seconds: seconds, whole: random.chance(0.6))
    case ...55: .cut(process, Far.allCases[random.number(0...2)], seconds: seconds)
    case ...70: .stop(process)
    case ...78: .loseIndex
    case ...86: .rollBackIndex
    case ...94: .pause(tenant: random.number(0...1), seconds: seconds, isRoused: random.chance(0.6))
    default: .cancel(random.number(0...runs - 1))
    }
  }
}

extension Seeded {
  fileprivate mutating func instant(in seconds: Double) -> Double { Double(number(0...Int(seconds * 1_000))) / 1_000 }
  fileprivate mutating func number(_ least: Int, _ most: Int) -> Int { number(least...most) }
}
