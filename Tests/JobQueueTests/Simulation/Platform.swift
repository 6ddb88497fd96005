import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// Where sends arrive. It writes down what it accepted, and judges what it sees.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it.
final class Platform: @unchecked Sendable {
  enum Outcome: String, Sendable { case confirmed, notSent, unknown }

  private struct Call {
    let claim: Ledger.Claim
    let gate: String?
  }

  let world: World
  /// How many of a thousand calls go wrong.
  var faults = 0
  /// How often each delivery was accepted.
  private(set) var accepted: [Int: Int] = [:]
  private var arrivals: [String: [Date]] = [:]
  private var underWay: [Int: Call] = [:]
  private var calls = 0
  /// Whether something has happened to a process, or to the index, that may have cost it leases, since then.
  var mayHaveLostLeases: (_ process: String, _ since: Int) -> Bool = { _, _ in false }

  init(_ world: World) {
    self.world = world
  }

  /// An attempt begins something that is seen outside.
  ///
  /// While the index forgets nothing, nobody else may have begun the run by then. A start that was reserved before it
  /// forgot may take its time.
  func begins(_ attempt: Attempt, of process: String, in books: MemoryBooks, forgottenAt: Int) {
    let latest = max(books.begun[attempt.run] ?? 0, attempt.epoch)
    books.begun[attempt.run] = latest
    guard latest > attempt.epoch, forgottenAt < books.began(attempt) - Wire.longest else { return }
    books.broken(.begunWhenOvertaken, "\(process) goes on with \(attempt.run) at \(attempt.epoch), not \(latest)")
  }

  func send(_ claim: Ledger.Claim, by wire: Wire, into books: MemoryBooks) async -> Outcome {
    let gate = books.ledger.deliveries[claim.delivery].work.gate
    let call = Call(claim: claim, gate: gate)
    checkGate(call, books)
    calls += 1
    let number = calls
    underWay[number] = call
    let isBad = faults > 0 && world.random.number(1...1_000) <= faults
    let arrives = !isBad || world.random.chance(0.4)
    let answers = !isBad || !arrives && world.random.chance(0.6)
    return await withCheckedContinuation { continuation in
      world.after(.milliseconds(world.random.number(1...900))) {
        self.underWay[number] = nil
        let isCut = wire.cut.contains(.platform) || wire.isBuried
        if arrives, !isCut { self.accept(claim, gate, books) }
        self.world.after(.milliseconds(self.world.random.number(1...50))) {
          let outcome: Outcome =
            if isCut { .notSent } else if !answers { .unknown } else { arrives ? .confirmed : .notSent }
          self.world.tell("\(wire.process) hears \(outcome) of \(claim.delivery), claim \(claim.id)")
          continuation.resume(returning: outcome)
        }
      }
    }
  }

  private func checkGate(_ call: Call, _ books: MemoryBooks) {
    guard let gate = call.gate else { return }
    for other in underWay.values where other.gate == gate && other.claim.run != call.claim.run {
      let excused = [call.claim, other.claim].contains { mayHaveLostLeases($0.process, $0.since) }
      if !excused {
        books.broken(.gateCrossed, "\(call.claim.delivery) and \(other.claim.delivery) pass \(gate) together")
      }
    }
  }

  private func accept(_ claim: Ledger.Claim, _ gate: String?, _ books: MemoryBooks) {
    accepted[claim.delivery, default: 0] += 1
    world.stamp(claim.delivery)
    world.tell("the platform accepts \(claim.delivery), claim \(claim.id)")
    if accepted[claim.delivery] ?? 0 > 1 { books.broken(.doubled, "\(claim.delivery) was accepted again") }
    guard let gate else { return }
    let recent = (arrivals[gate] ?? []).filter { world.date.timeIntervalSince($0) < Channel.window } + [world.date]
    arrivals[gate] = recent
    if recent.count > Channel.limit { books.broken(.overLimit, "\(recent.count) through \(gate) in a window") }
  }
}
