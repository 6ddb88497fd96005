import Channels
import Foundation
import Identifiers
import JobQueue
import Postgres
import Redis
import Tenancy
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// A dispatch for which the deployment has no call waits, and nothing is claimed for it.
@Suite struct BudgetedDispatchTests {
  private func budget(_ brand: BrandFixture, calls: Int, isOpen: Bool = true) async throws -> CallBudget {
    let budget = CallBudget(
      brand.deployment.redis, platform: brand.deployment.cell, limit: calls, per: .seconds(600),
      firstByteDelay: .seconds(300), margin: .zero, chunkLife: .seconds(300), logger: .quiet)
    guard isOpen else { return budget }
    // A budget that is new waits for a window; another process then finds it open.
    _ = await budget.take()
    _ = try await brand.deployment.redis.send(RedisCommand("HSET", arguments: [budget.key, "opens", 0]))
    return try await self.budget(brand, calls: calls, isOpen: false)
  }

  private func dispatching(_ brand: BrandFixture, _ platform: ScriptedPlatform, _ budget: CallBudget) -> Dispatching {
    Dispatching(
      brand.tenancy, adapters: [ScriptedAdapter(platform: platform)], budgets: [.weComRobot: budget], timing: .generous,
      logger: .quiet)
  }

  @Test func withoutACallNothingIsClaimedAndNoAttemptIsMade() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 2)
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      let dispatching = dispatching(brand, platform, try await budget(brand, calls: 5, isOpen: false))
      let result = try await dispatching.dispatch(begun.payload, of: brand.brand, in: begun.attempt)
      guard case .gateShutFor(let wait) = result else {
        Issue.record("it has to wait: \(result)")
        return
      }
      #expect(wait > .seconds(600))
      #expect(try await brand.deliveries().map(\.state) == [.ready, .ready])
      #expect(try await brand.deliveries().map(\.attempts) == [0, 0])
      #expect(try await brand.windowCount(of: ready.channel) == 0)
      #expect(await platform.sent.isEmpty)
    }
  }

  @Test func twoWorkersSendNoMoreThanTheBudgetHas() async throws {
    try await withBrand { brand in
      var runs: [Begun<DeliverTouch>] = []
      for _ in 0..<2 {
        let ready = try await brand.readyTouch(groups: 4)
        let run = try await brand.runs(of: DeliverTouch.self).first { $0.payload.touch == ready.touch }
        runs.append(try await brand.begin(try #require(run).id, as: DeliverTouch.self))
        // The groups of one are not those of the other.
        try await brand.query("update groups set state = 'closed'")
      }
      try await brand.query("update groups set state = 'open'")
      let platform = ScriptedPlatform()
      _ = try await budget(brand, calls: 5)
      try await withThrowingTaskGroup { tasks in
        for begun in runs {
          let budget = try await budget(brand, calls: 5, isOpen: false)
          let dispatching = dispatching(brand, platform, budget)
          tasks.addTask { _ = try await dispatching.dispatch(begun.payload, of: brand.brand, in: begun.attempt) }
        }
        try await tasks.waitForAll()
      }
      #expect(await platform.sent.count == 5)
      let states = Dictionary(grouping: try await brand.deliveries(), by: \.state).mapValues(\.count)
      #expect(states == [.delivered: 5, .ready: 3])
    }
  }

  /// What the guards hold back needs no call.
  @Test func whatIsSkippedUsesNoCall() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch(groups: 3)
      try await brand.query("update groups set state = 'closed' where id = any(\(Array(ready.groups.dropLast())))")
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      let dispatching = dispatching(brand, platform, try await budget(brand, calls: 1))
      _ = try await dispatching.dispatch(begun.payload, of: brand.brand, in: begun.attempt)
      #expect(try await brand.deliveries().map(\.state) == [.skipped, .skipped, .delivered])
    }
  }
}
