import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// Several dispatchers that perform a brand's deliver runs, each attempt by the same code as in a worker, without the
/// index: who tries next is left to chance, and attempts that hang are given up at once.
struct Fleet: Sendable {
  let brand: BrandFixture
  let platform: FaultyPlatform
  let performer: Performer
  let settler: Settler
  private let board = Board()

  init(_ brand: BrandFixture, _ platform: FaultyPlatform, _ dispatching: Dispatching) {
    self.brand = brand
    self.platform = platform
    var registry = JobRegistry()
    registry.register(DeliverJob(dispatching: dispatching, brand: brand))
    settler = Settler(
      store: RunStore(brand.deployment.pool), index: brand.deployment.index, worker: "fleet", logger: .quiet)
    performer = Performer(
      registry: registry, store: RunStore(brand.deployment.pool),
      settings: WorkerSettings(name: "fleet"), logger: .quiet)
  }

  /// Returns when all is at rest: no run is left, and nobody has still to hear an answer.
  func run(dispatchers: Int, seed: UInt64) async throws {
    let limit = ContinuousClock.now + .seconds(240)
    try await withThrowingTaskGroup { group in
      for number in 1...dispatchers {
        group.addTask { try await dispatch(Seeded(seed: seed &+ UInt64(number)), until: limit) }
      }
      group.addTask { try await stir(Seeded(seed: seed), until: limit) }
      try await group.waitForAll()
    }
  }

  private func dispatch(_ dice: Seeded, until limit: ContinuousClock.Instant) async throws {
    var random = dice
    while try await !isAtRest() {
      guard ContinuousClock.now < limit else { throw GaveUpWaiting(what: "rest") }
      if let run = try await next(&random) {
        await attempt(run, holdsLease: !random.chance(0.03))
      } else {
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  /// Lets those that were given up hear their answers, and mends channels as a person would.
  private func stir(_ dice: Seeded, until limit: ContinuousClock.Instant) async throws {
    var random = dice
    while try await !isAtRest() {
      guard ContinuousClock.now < limit else { throw GaveUpWaiting(what: "rest") }
      if random.chance(0.3) { await platform.letOneHear(at: random.number(0...99)) }
      if random.chance(0.3) { try await brand.query("update channels set state = 'active' where state = 'paused'") }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// No run is left, and no attempt goes on but those that are dead. Read twice, since others may begin meanwhile.
  private func isAtRest() async throws -> Bool {
    let (begun, goingOn) = await board.counts
    guard await platform.unheard == 0, await platform.dead == goingOn else { return false }
    guard try await brand.runs(of: DeliverTouch.self).isEmpty else { return false }
    return await board.counts.begun == begun
  }

  /// Ends the attempts that died, when all has been judged.
  func bury() async throws {
    await platform.bury()
    try await eventually("the end of all attempts") { await board.counts.goingOn == 0 }
  }

  /// A run that nobody holds: one that is ready and due, or one whose attempt was given up.
  private func next(_ random: inout Seeded) async throws -> ID<Run>? {
    let open = try await brand.deployment.pool.read(
      """
      select id from ops.runs where brand_id = \(brand.brand.id) and kind = \(DeliverTouch.kind)
        and (state = 'running' or (state = 'ready' and due_at <= clock_timestamp()))
      order by id
      """
    ).map { try $0.value("id", as: ID<Run>.self) }
    return await board.take(oneOf: open.shuffled(using: &random))
  }

  /// Performs a run until it ends or hangs. What hangs goes on by itself, as a process does that others think dead.
  private func attempt(_ id: ID<Run>, holdsLease: Bool) async {
    guard let run = try? await RunStore(brand.deployment.pool).start([id], worker: "fleet").started.first else {
      return await board.giveBack(id)
    }
    let lease = Lease(until: .now + .seconds(3_600))
    if !holdsLease { lease.lose() }
    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
    let watch = AttemptWatch(run: run.id, epoch: run.epoch) { signal.yield() }
    await board.began()
    Task {
      await AttemptWatch.$current.withValue(watch) { await settler.settle(await performer.perform(run, under: lease)) }
      await board.ended()
      signal.yield()
    }
    for await _ in signals { break }
    await board.giveBack(id)
  }

  /// Who holds what, and how many attempts go on. Those that are dead are never heard of again.
  private actor Board {
    private var held: Set<ID<Run>> = []
    private(set) var counts = (begun: 0, goingOn: 0)

    func take(oneOf runs: [ID<Run>]) -> ID<Run>? {
      let free = runs.first { !held.contains($0) }
      if let free { held.insert(free) }
      return free
    }

    func giveBack(_ run: ID<Run>) { held.remove(run) }
    func ended() { counts.goingOn -= 1 }

    func began() {
      counts.begun += 1
      counts.goingOn += 1
    }
  }
}

private struct DeliverJob: Job {
  let dispatching: Dispatching
  let brand: BrandFixture
  let retry = RetryPolicy(attempts: 10, base: 0.02, cap: 0.1)

  func perform(_ payload: DeliverTouch, in attempt: Attempt) async throws -> JobResult {
    try await dispatching.dispatch(payload, of: brand.brand, in: attempt)
  }

  func abandon(_ payload: DeliverTouch, in attempt: Attempt, because reason: String) async throws {
    try await dispatching.abandon(payload, of: brand.brand, in: attempt, because: reason)
  }
}
