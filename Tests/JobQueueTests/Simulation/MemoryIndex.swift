import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// What Redis holds of a simulated cell: the model that the scripts are held against, with its steps of time as
/// milliseconds. Each method is one script, or one command.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it.
final class MemoryIndex: @unchecked Sendable {
  /// What a snapshot keeps.
  private struct Content {
    var model = IndexModel()
    var generation: UUID?
    /// Set while it is emptied: the life that is to begin.
    var emptying: UUID?
    /// How far the model's time has passed.
    var at: Int
  }

  private struct Waiter {
    let number: Int
    let process: String
    let keys: [String]
    let continuation: CheckedContinuation<Void, any Error>
  }

  let world: World
  let missing: Guard?
  private var content: Content
  private var snapshots: [Content] = []
  private var waiters: [Waiter] = []
  private var numbers = 0
  /// How often it was emptied by the engine.
  private(set) var clearings = 0
  /// When it last knew less than before, in milliseconds of the history.
  private(set) var forgottenAt = -1

  init(_ world: World, without missing: Guard?) {
    self.world = world
    self.missing = missing
    content = Content(at: world.milliseconds)
  }

  var picture: IndexPicture {
    pass()
    return content.model.picture
  }

  private func pass() {
    let steps = world.milliseconds - content.at
    if steps > 0 { content.model.pass(steps) }
    content.at = world.milliseconds
  }

  /// Nil while the index is being emptied.
  private func script<Value>(_ body: (inout IndexModel) -> Value) -> Value? {
    guard content.emptying == nil else { return nil }
    pass()
    defer { serveWaiters() }
    return body(&content.model)
  }

  private func steps(until date: Date) -> Int {
    guard date < .distantFuture else { return 1 << 40 }
    return Int((max(date, .distantPast).timeIntervalSince(world.date) * 1_000).rounded(.up))
  }

  func push(_ runs: [Run]) -> Int {
    script { model in
      let before = model.known.count
      for run in runs {
        var place = run.place
        if missing == .gates { place.gate = nil }
        let run = Run(id: run.id, tenant: run.tenant, place: place, dueAt: run.dueAt)
        model.push(run, dueIn: steps(until: run.dueAt))
      }
      model.handOutTokens()
      return model.known.count - before
    } ?? 0
  }

  func reserve(_ wish: ReservationWish, for worker: String, generation: UUID) -> RunIndex.Reservation {
    guard content.generation == generation else { return .notWhole }
    let reserved = script { model in
      (model.reserve(wish, for: worker, lease: length(wish.lease)) ?? [], model.nextDue, model.ticks)
    }
    guard let (runs, next, ticks) = reserved else { return .notWhole }
    return .runs(runs.compactMap { ID<Run>($0) }, nextDue: next.map { .milliseconds(max($0, 0)) }, ticks: ticks)
  }

  private func length(_ lease: Duration) -> Int { lease.milliseconds / (missing == .leaseLength ? 4 : 1) }

  func settle(_ runs: [Settlement], of worker: String) {
    _ = script { model in
      for settlement in runs {
        switch settlement.verb {
        case .later(let due), .shut(let due): model.settle(settlement, dueIn: steps(until: due), of: worker)
        // The model knows no other wait than none.
        case .after(let wait):
          let due = Settlement(settlement.run, .later(world.date))
          model.settle(due, dueIn: wait.milliseconds, of: worker)
        case .shutFor(let wait):
          let due = Settlement(settlement.run, .shut(until: world.date))
          model.settle(due, dueIn: wait.milliseconds, of: worker)
        default: model.settle(settlement, dueIn: 0, of: worker)
        }
      }
      model.handOutTokens()
    }
  }

  func extend(_ runs: [ID<Run>], of worker: String, lease: Duration) throws -> [ID<Run>] {
    guard content.generation != nil,
      let lost = script({ $0.extend(runs.map { "\($0)" }, of: worker, lease: length(lease)) })
    else { throw RunIndex.NotWhole() }
    return lost.compactMap { ID<Run>($0) }
  }

  func reap() -> Int {
    script { model in
      let leases = model.leases
      let order = model.expired.sorted { (leases[$0] ?? 0, $0) < (leases[$1] ?? 0, $1) }
      if !order.isEmpty { world.tell("leases expired: \(order.count)") }
      model.reap(order)
      return order.count
    } ?? 0
  }

  func restore(_ runs: [(Run, worker: String)], lease: Duration) -> Int {
    script { model in
      let before = model.known.count
      for (run, worker) in runs { model.restore(run, worker: worker, lease: length(lease)) }
      return model.known.count - before
    } ?? 0
  }

  func forget(_ runs: [ID<Run>]) -> Int {
    script { model in
      defer { model.handOutTokens() }
      return runs.count { model.forget("\($0)") }
    } ?? 0
  }

  func rouse(_ pause: String) { _ = script { $0.rouse(pause) } }

  var naps: [String] { content.model.asleep.keys.sorted() }
  var ticks: Int { content.model.ticks }
  var known: [ID<Run>] { content.model.known.keys.sorted().compactMap { ID<Run>($0) } }
  func carries(_ generation: UUID) -> Bool {
    content.generation == generation && (content.emptying == nil || missing == .emptying)
  }

  func declareWhole(_ generation: UUID) { content.generation = generation }

  // MARK: - Being emptied

  func beginEmptying(for generation: UUID) {
    clearings += 1
    world.tell("the index is being emptied")
    content.emptying = generation
    forgottenAt = world.milliseconds
  }

  /// Refused to whoever was overtaken by another who empties it.
  private func require(_ generation: UUID) throws {
    guard content.emptying == generation || missing == .builders else { throw RunIndex.NotWhole() }
  }

  func dropGeneration(for generation: UUID) throws {
    try require(generation)
    content.generation = nil
  }

  /// Each part is a key, or several of a kind, and half of them are found at a time.
  func empty(_ isFirstHalf: Bool, for generation: UUID) throws {
    try require(generation)
    forgottenAt = world.milliseconds
    world.tell("half of the index is taken away")
    let empty = IndexModel()
    let parts: [(inout IndexModel) -> Void] = [
      { ($0.known, $0.holders) = (empty.known, empty.holders) }, { $0.leases = empty.leases },
      { $0.due = empty.due }, { $0.lines = empty.lines }, { $0.sources = empty.sources }, { $0.rings = empty.rings },
      { $0.owed = empty.owed }, { $0.clocks = empty.clocks }, { $0.gates = empty.gates }, { $0.held = empty.held },
      { $0.shut = empty.shut }, { $0.asleep = empty.asleep }, { $0.tokens = empty.tokens }, { $0.ticks = empty.ticks },
    ]
    let half = UInt64(world.elapsed) % 0x3FFF
    for (place, part) in parts.enumerated() where !isFirstHalf || half >> place & 1 == 1 { part(&content.model) }
  }

  func endEmptying(for generation: UUID) throws {
    try require(generation)
    content.emptying = nil
  }

  // MARK: - Loss

  /// As after a FLUSHALL, or another empty server.
  func lose() {
    content = Content(at: world.milliseconds)
    forgottenAt = world.milliseconds
    disconnect(nil)
  }

  func snapshot() {
    pass()
    snapshots.append(content)
  }

  /// As when Redis comes back with what it had on its disk.
  func rollBack() {
    content = snapshots.randomElement(using: &world.random) ?? Content(at: world.milliseconds)
    pass()
    forgottenAt = world.milliseconds
    disconnect(nil)
  }

  // MARK: - Waiting for tokens

  func wait(_ process: String, for keys: [String], atMost timeout: Duration) async throws {
    numbers += 1
    let number = numbers
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        waiters.append(Waiter(number: number, process: process, keys: keys, continuation: continuation))
        world.after(timeout) { self.take(number)?.resume() }
        serveWaiters()
      }
    } onCancel: {
      take(number)?.resume(throwing: CancellationError())
    }
  }

  private func take(_ number: Int) -> CheckedContinuation<Void, any Error>? {
    guard let place = waiters.firstIndex(where: { $0.number == number }) else { return nil }
    return waiters.remove(at: place).continuation
  }

  private func serveWaiters() {
    for waiter in waiters {
      guard let key = waiter.keys.first(where: content.model.tokens.contains) else { continue }
      content.model.tokens.remove(key)
      take(waiter.number)?.resume()
    }
  }

  /// Ends the waits of a process, or of all.
  func disconnect(_ process: String?) {
    for waiter in waiters where process.map({ $0 == waiter.process }) ?? true {
      take(waiter.number)?.resume(throwing: Wire.Lost(description: "wait: connection closed"))
    }
  }
}
