import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// What a simulated run is told: the touch and the channel.
struct SimulatedSend: JobPayload {
  static let kind = "test.send"
  static let lane = Lane.errands

  let number: Int
  let source: String?
  let gate: String?

  var text: String { (try? JSONEncoder.payload.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}

/// The ledger of what leaves, and the channels' windows: like `runs` a part of Postgres.
struct Ledger {
  enum State: String { case ready, sending, delivered, failed, unknown }

  struct Delivery {
    let id: Int
    let work: SimulatedSend
    var state = State.ready
    var claim: Claim?
    var isGivenUp = false
    /// The call itself did not say what became of it.
    var isUnanswered = false
  }

  struct Claim: Sendable {
    let id: Int
    let delivery: Int
    let run: ID<Run>
    let epoch: Int
    let process: String
    /// When its attempt was started, in milliseconds.
    let since: Int
  }

  enum Step: Sendable {
    case nothingLeft
    case wait(until: Date)
    case claimed(Claim)
  }

  var deliveries: [Delivery] = []
  var windows: [String: [(claim: Int, at: Date)]] = [:]
  var claims = 0

  func indices(of work: SimulatedSend) -> [Int] {
    deliveries.indices.filter { deliveries[$0].work.number == work.number }
  }
  func index(of claim: Int) -> Int? { deliveries.firstIndex { $0.claim?.id == claim } }
}

/// What the platform takes of a channel, and how long a send may be under way.
enum Channel {
  static let limit = 2
  static let window: TimeInterval = 6
  static let firstByteDelay: TimeInterval = 1
  static let margin: TimeInterval = 1
  static let guarded = window + firstByteDelay + margin
}

/// The transactions of an attempt.
extension MemoryBooks {
  func claim(_ work: SimulatedSend, in attempt: Attempt, of process: String) throws -> Ledger.Step {
    try require(attempt.run, attempt.epoch)
    guard let place = ledger.indices(of: work).first(where: { ledger.deliveries[$0].state == .ready }) else {
      return .nothingLeft
    }
    if let gate = work.gate, missing != .window {
      let counted = (ledger.windows[gate] ?? []).filter { $0.at.addingTimeInterval(Channel.guarded) > world.date }
      ledger.windows[gate] = counted
      if counted.count >= Channel.limit {
        return .wait(until: counted[counted.count - Channel.limit].at.addingTimeInterval(Channel.guarded))
      }
    }
    ledger.claims += 1
    let claim = Ledger.Claim(
      id: ledger.claims, delivery: place, run: attempt.run, epoch: attempt.epoch, process: process,
      since: began(attempt))
    if let gate = work.gate { ledger.windows[gate, default: []].append((claim.id, world.date)) }
    if missing != .claims { (ledger.deliveries[place].state, ledger.deliveries[place].claim) = (.sending, claim) }
    world.tell("\(process) claims \(place) of \(work.number) as \(claim.id), epoch \(attempt.epoch)")
    return .claimed(claim)
  }

  func settleOrphans(of work: SimulatedSend, before attempt: Attempt) throws {
    try require(attempt.run, attempt.epoch)
    for place in ledger.indices(of: work) where ledger.deliveries[place].state == .sending {
      let claim = ledger.deliveries[place].claim
      if claim?.run == attempt.run, claim?.epoch == attempt.epoch { continue }
      ledger.deliveries[place].state = .unknown
      world.tell("\(place) of \(work.number) is unknown: left by epoch \(claim?.epoch ?? 0)")
    }
  }

  /// By the claim's id alone: a late outcome is evidence.
  func settle(_ claim: Ledger.Claim, as state: Ledger.State) {
    let found = missing == .claims ? claim.delivery : ledger.index(of: claim.id)
    guard let place = found else { return }
    let old = ledger.deliveries[place].state
    guard old == .sending || old == .unknown || missing == .claims else { return }
    ledger.deliveries[place].state = state
    if state == .unknown { ledger.deliveries[place].isUnanswered = true }
    world.tell("\(place) is \(state), claim \(claim.id)")
  }

  /// Nothing was sent under the claim. What was taken for unknown meanwhile needs a run again.
  func release(_ claim: Int) {
    guard let place = ledger.index(of: claim), let run = ledger.deliveries[place].claim?.run else { return }
    let old = ledger.deliveries[place]
    guard old.state == .sending || old.state == .unknown else { return }
    ledger.deliveries[place].state = old.isGivenUp ? .failed : .ready
    ledger.deliveries[place].claim = nil
    if let gate = old.work.gate { ledger.windows[gate]?.removeAll { $0.claim == claim } }
    world.tell("\(place) is let go, claim \(claim)")
    if old.state == .unknown, !old.isGivenUp, let tenant = rows[run]?.run.tenant { _ = add(old.work, of: tenant) }
  }

  func abandon(_ work: SimulatedSend, in attempt: Attempt) throws {
    try require(attempt.run, attempt.epoch)
    for place in ledger.indices(of: work) {
      switch ledger.deliveries[place].state {
      case .sending: ledger.deliveries[place].state = .unknown
      case .ready: ledger.deliveries[place].state = .failed
      case .delivered, .failed, .unknown: continue
      }
      ledger.deliveries[place].isGivenUp = true
    }
    world.tell("\(work.number) is abandoned, epoch \(attempt.epoch)")
  }
}
