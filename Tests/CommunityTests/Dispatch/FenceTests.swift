import Channels
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// An attempt that was overtaken claims nothing, at whatever moment it was overtaken.
@Suite struct FenceTests {
  @Test func theClaimOfAnOvertakenAttemptIsRefused() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      let overtaken = try await brand.beginDelivery()
      let current = try await brand.beginDelivery()
      await #expect(throws: LeaseLost.self) {
        try await brand.dispatch(overtaken, through: ScriptedAdapter(platform: platform))
      }
      let delivery = try await brand.deliveries()[0]
      #expect((delivery.state, delivery.attempts) == (.ready, 0))
      #expect(try await brand.windowCount(of: ready.channel) == 0)
      #expect(await platform.sent.isEmpty)
      #expect(try await brand.dispatch(current, through: ScriptedAdapter(platform: platform)) == .done)
      #expect(await platform.sent.count == 1)
    }
  }

  @Test func anEndedRunClaimsNothing() async throws {
    try await withBrand { brand in
      _ = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      let begun = try await brand.beginDelivery()
      try await brand.finish(.done(begun.run))
      await #expect(throws: LeaseLost.self) {
        try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform))
      }
      #expect(await platform.sent.isEmpty)
    }
  }

  /// The narrow moment: the old attempt waits for the channel while the new one starts and looks for what was left open.
  /// Were the old one to claim after that look, and then die, its delivery would stand as being sent for ever.
  @Test func anAttemptThatIsOvertakenWhileItWaitsForTheChannelClaimsNothing() async throws {
    try await withBrand { brand in
      let ready = try await brand.readyTouch()
      let platform = ScriptedPlatform()
      let (holding, release) = (Gate(), Gate())
      let holder = Task {
        try await brand.work { transaction in
          _ = try await ClaimStore(transaction: transaction).lockWindow(of: ready.channel)
          await holding.open()
          await release.pass()
        }
      }
      await holding.pass()
      let old = try await brand.beginDelivery()
      let first = Task { try await brand.dispatch(old, through: ScriptedAdapter(platform: platform)) }
      try await eventually("the old attempt waits") { try await brand.lockWaiters() == 1 }
      let new = try await brand.beginDelivery()
      let second = Task { try await brand.dispatch(new, through: ScriptedAdapter(platform: platform)) }
      try await eventually("the new attempt waits") { try await brand.lockWaiters() == 2 }
      await release.open()
      try await holder.value
      await #expect(throws: LeaseLost.self) { try await first.value }
      #expect(try await second.value == .done)
      let rows = try await brand.query("select state, claim_epoch from deliveries")
      #expect(try rows[0].decode(String.self, Int.self) == ("delivered", 2))
      #expect(await platform.sent.count == 1)
    }
  }
}

extension BrandFixture {
  /// How many of the deployment's connections wait for a lock.
  func lockWaiters() async throws -> Int {
    let rows = try await deployment.owner.read(
      """
      select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      """)
    return try rows[0].decode(Int.self)
  }
}
