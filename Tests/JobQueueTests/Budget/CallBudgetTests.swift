import Foundation
import LocalServers
import Logging
import NIOConcurrencyHelpers
import Redis
import TestSupport
import Testing

@testable import JobQueue

/// The budget of calls that a deployment shares: never too many in any window, whoever takes them and whatever Redis loses.
@Suite struct CallBudgetTests {
  /// A server of the test's own, since it is emptied and restarted.
  private func withRedis(_ test: (RedisClient, LocalRedis) async throws -> Void) async throws {
    let server = try await LocalRedis.start(in: try LocalFolders.temporary(), keepsData: false)
    let client = RedisClient(try RedisConfiguration.parse(url: server.url), logger: .quiet)
    do {
      try await test(client, server)
    } catch {
      await client.close()
      try await server.stop()
      throw error
    }
    await client.close()
    try await server.stop()
  }

  /// A chunk lives so long that no machine is too slow to use it up, unless a test says otherwise.
  private func budget(
    _ redis: RedisClient, limit: Int, per window: Duration, firstByteDelay: Duration = .zero,
    chunkLife: Duration = .seconds(30)
  ) -> CallBudget {
    CallBudget(
      redis, platform: "test", limit: limit, per: window, firstByteDelay: firstByteDelay, margin: .zero,
      chunkLife: chunkLife, logger: .quiet)
  }

  /// Takes until there is none. Returns how many there were and when there will be another.
  private func drain(_ budget: CallBudget) async -> (calls: Int, until: Date) {
    var calls = 0
    while true {
      switch await budget.take() {
      case .permit: calls += 1
      case .none(let wait): return (calls, Date(timeIntervalSinceNow: wait / .seconds(1)))
      }
    }
  }

  /// Lets a budget be used at once, which is new and would wait for a window.
  private func open(_ budget: CallBudget, _ redis: RedisClient) async throws {
    _ = await budget.take()
    _ = try await redis.send(RedisCommand("HSET", arguments: [budget.key, "opens", 0]))
  }

  /// The law: several processes with several callers each, who use their permits late or not at all, while Redis is emptied
  /// again and again.
  @Test(.timeLimit(.minutes(5)), arguments: 1...3)
  func noWindowHoldsMoreThanTheLimit(_ history: Int) async throws {
    var random = Seeded()
    let (limit, window) = (random.number(3...60), Duration.milliseconds(random.number(200...500)))
    let (delay, life) = (Duration.milliseconds(random.number(0...80)), Duration.milliseconds(random.number(30...120)))
    try await withRedis { redis, _ in
      let uses = NIOLockedValueBox<[ContinuousClock.Instant]>([])
      let end = ContinuousClock.now + .seconds(6)
      let seed = random.seed
      try await withThrowingTaskGroup { tasks in
        for process in 0..<4 {
          let budget = budget(redis, limit: limit, per: window, firstByteDelay: delay, chunkLife: life)
          for caller in 0..<3 {
            var dice = Seeded(seed: seed &+ UInt64(process * 10 + caller + 1))
            tasks.addTask {
              while ContinuousClock.now < end {
                guard case .permit(let permit) = await budget.take() else {
                  try await Task.sleep(for: .milliseconds(5))
                  continue
                }
                if dice.chance(0.1) { await budget.giveBack(permit); continue }
                if dice.chance(0.3) { try await Task.sleep(for: .milliseconds(dice.number(0...200))) }
                uses.withLockedValue { uses in
                  let now = ContinuousClock.now
                  if now < permit.firstByteBy { uses.append(now) }
                }
                if dice.chance(0.5) { try await Task.sleep(for: .milliseconds(dice.number(0...30))) }
              }
            }
          }
        }
        var dice = Seeded(seed: seed)
        tasks.addTask {
          while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(dice.number(1_200...2_000)))
            _ = try await redis.send(RedisCommand("FLUSHALL"))
          }
        }
        try await tasks.waitForAll()
      }
      let instants = uses.withLockedValue { $0 }.sorted()
      // A history in which hardly a call was made proves nothing.
      #expect(instants.count > limit, "\(random)")
      let overfull = instants.indices.dropFirst(limit).filter { instants[$0] - instants[$0 - limit] < window }
      #expect(overfull.isEmpty, "\(random): more than \(limit) calls in \(window)")
    }
  }

  @Test func nothingIsLeasedBeforeAWindowHasPassed() async throws {
    try await withRedis { redis, _ in
      let budget = budget(redis, limit: 10, per: .milliseconds(300), chunkLife: .milliseconds(100))
      let begun = Date.now
      let (calls, until) = await drain(budget)
      #expect(calls == 0)
      #expect(until >= begun.addingTimeInterval(0.4))
      #expect(until <= .now.addingTimeInterval(0.401))
      try await eventually("a call") { if case .permit = await budget.take() { true } else { false } }
      #expect(Date.now >= begun.addingTimeInterval(0.4))
    }
  }

  @Test func whenItIsUsedUpItSaysWhenThereWillBeACall() async throws {
    try await withRedis { redis, _ in
      let budget = budget(redis, limit: 10, per: .seconds(60), chunkLife: .seconds(10))
      try await open(budget, redis)
      let other = self.budget(redis, limit: 10, per: .seconds(60), chunkLife: .seconds(10))
      let begun = Date.now
      let (calls, until) = await drain(other)
      #expect(calls == 10)
      // The window, the chunk's life, and the slice of time in which it was leased.
      #expect(until >= begun.addingTimeInterval(70))
      #expect(until < .now.addingTimeInterval(73))
      // Another process hears the same from Redis.
      let (none, same) = await drain(self.budget(redis, limit: 10, per: .seconds(60), chunkLife: .seconds(10)))
      #expect(none == 0)
      #expect(abs(same.timeIntervalSince(until)) < 2)
    }
  }

  @Test func aServerThatLostItsStateLeasesNothing() async throws {
    try await withRedis { redis, _ in
      try await open(budget(redis, limit: 100, per: .seconds(60)), redis)
      #expect(await drain(budget(redis, limit: 100, per: .seconds(60))).calls == 100)
      _ = try await redis.send(RedisCommand("FLUSHALL"))
      #expect(await drain(budget(redis, limit: 100, per: .seconds(60))).calls == 0)
    }
  }

  /// After a restart the state may be older than what was leased, and so it may be on a replica that took over.
  @Test func anotherServerWithTheSameStateLeasesNothing() async throws {
    try await withRedis { redis, server in
      let first = budget(redis, limit: 100, per: .seconds(60))
      try await open(first, redis)
      #expect(await drain(budget(redis, limit: 100, per: .seconds(60))).calls == 100)
      _ = try await redis.send(RedisCommand("HSET", arguments: [first.key, "server", "0123456789abcdef"]))
      #expect(await drain(budget(redis, limit: 200, per: .seconds(60))).calls == 0)
      try await open(first, redis)
      try await server.restart(keepingData: true)
      #expect(await drain(budget(redis, limit: 200, per: .seconds(60))).calls == 0)
    }
  }

  /// A clock that was set back neither frees a call nor closes the budget for ever.
  @Test func aClockThatWasSetBackCountsWhatItFinds() async throws {
    try await withRedis { redis, _ in
      let first = budget(redis, limit: 10, per: .seconds(60))
      try await open(first, redis)
      let later = Int(Date.now.timeIntervalSince1970 * 1_000) + 3_600_000
      _ = try await redis.send(RedisCommand("HSET", arguments: [first.key, later, 4]))
      #expect(await drain(budget(redis, limit: 10, per: .seconds(60))).calls == 6)
      _ = try await redis.send(RedisCommand("HSET", arguments: [first.key, "opens", later]))
      let (calls, until) = await drain(budget(redis, limit: 10, per: .seconds(60)))
      #expect(calls == 0)
      #expect(until.timeIntervalSinceNow <= 90)
    }
  }

  @Test func whatRedisKeepsStaysSmall() async throws {
    try await withRedis { redis, _ in
      let first = budget(redis, limit: 1_000, per: .milliseconds(600), chunkLife: .milliseconds(40))
      try await open(first, redis)
      let end = ContinuousClock.now + .seconds(2)
      var most = 0
      while ContinuousClock.now < end {
        let budget = budget(redis, limit: 1_000, per: .milliseconds(600), chunkLife: .milliseconds(40))
        _ = await budget.take()
        most = max(most, try await redis.send(RedisCommand("HLEN", arguments: [first.key])).integer ?? 0)
      }
      #expect(most > 5 && most <= 68)
    }
  }

  @Test func fewCallersDoNotHoldWhatABusyOneNeeds() async throws {
    try await withRedis { redis, _ in
      try await open(budget(redis, limit: 200, per: .seconds(60)), redis)
      for _ in 0..<10 {
        guard case .permit = await budget(redis, limit: 200, per: .seconds(60)).take() else {
          Issue.record("a call is there")
          return
        }
      }
      let busy = budget(redis, limit: 200, per: .seconds(60))
      #expect(await drain(busy).calls == 190)
    }
  }

  @Test func aChunkGrowsWithItsUse() {
    var size = ChunkSize(largest: 10)
    #expect(size.next == 1)
    for expected in [2, 4, 8, 10, 10] {
      size.learn(used: size.next, of: size.next)
      #expect(size.next == expected)
    }
    size.learn(used: 3, of: 10)
    #expect(size.next == 3)
    size.learn(used: 0, of: 3)
    #expect(size.next == 1)
    // One that could not be had whole says nothing of what is needed.
    size.learn(used: 1, of: 1)
    #expect(size.next == 2)
  }

  @Test func whatIsGivenBackIsUsedBeforeTheNextChunk() async throws {
    try await withRedis { redis, _ in
      let budget = budget(redis, limit: 1, per: .seconds(60))
      try await open(self.budget(redis, limit: 1, per: .seconds(60)), redis)
      for _ in 0..<3 {
        guard case .permit(let permit) = await budget.take() else {
          Issue.record("the call that was given back is there")
          return
        }
        await budget.giveBack(permit)
      }
      #expect(await drain(budget).calls == 1)
    }
  }

  /// Those who begin runs ask first: what would find no call is not begun.
  @Test func theDoorLetsInWhatThereAreCallsFor() async throws {
    try await withRedis { redis, _ in
      let budget = budget(redis, limit: 3, per: .seconds(60))
      #expect(await budget.door() == .open(atMost: .max))
      // It is new, and waits for a window.
      _ = await budget.take()
      guard case .shut(let wait) = await budget.door() else {
        Issue.record("nothing can be had")
        return
      }
      #expect(wait > .seconds(80) && wait <= .seconds(90))
      _ = try await redis.send(RedisCommand("HSET", arguments: [budget.key, "opens", 0]))
      let other = self.budget(redis, limit: 3, per: .seconds(60))
      #expect(await drain(other).calls == 3)
      guard case .shut = await other.door() else {
        Issue.record("it is used up")
        return
      }
    }
  }

  @Test func afterARefusalOneGoesAhead() async throws {
    try await withRedis { redis, _ in
      let budget = budget(redis, limit: 100, per: .milliseconds(200), chunkLife: .milliseconds(100))
      _ = await budget.take()
      // Whether a call can be had nobody knows before somebody asks.
      try await eventually("it opens") { await budget.door() == .open(atMost: 1) }
      guard case .shut(let wait) = await budget.door() else {
        Issue.record("the others wait for what the first one hears")
        return
      }
      #expect(wait <= .milliseconds(200))
      try await eventually("a call") { if case .permit = await budget.take() { true } else { false } }
      // Calls have to be had a while before they count as plenty.
      var most = 0
      try await eventually("there are enough again") {
        if case .open(let count) = await budget.door() { most = max(most, count) }
        _ = await budget.take()
        return most == .max
      }
    }
  }

  @Test func withoutRedisThereIsNoCallAndNobodyAsksAgainAtOnce() async throws {
    try await withRedis { redis, server in
      let budget = budget(redis, limit: 10, per: .seconds(60))
      try await server.kill()
      let (calls, until) = await drain(budget)
      #expect(calls == 0)
      #expect(until.timeIntervalSinceNow > 0 && until.timeIntervalSinceNow <= 1)
      try await server.restart(keepingData: false)
    }
  }
}
