import Foundation
import Identifiers
import Postgres
import Tenancy
import Testing

@testable import Community

/// Whoever plans something while others fire must find it in the alarm: a lost alarm is a touch that never leaves.
@Suite struct AlarmRaceTests {
  @Test(.timeLimit(.minutes(15))) func noWakingIsLostBesideFiring() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let content = try await brand.addText()
      var random = Seeded()
      for round in 0..<40 {
        let minute = 10 + random.number(0...49)
        let plan = try await brand.addPlan([content], rule: brand.once("\(10 + round % 10):\(minute)"))
        try await withThrowingTaskGroup { group in
          group.addTask { try await brand.approve(plan) }
          for _ in 0..<3 { group.addTask { try await brand.fire() } }
          try await group.waitForAll()
        }
        try await expectTheAlarmInTime(of: brand, "round \(round), seed \(random.seed)")
        // Now it is due, so that the next round's firing has something to do and an alarm to set, or to take away.
        let touches = try await brand.touches(of: plan).map(\.id)
        if random.chance(0.8) { try await brand.makeDue(touches) }
        try await brand.work { try await $0.query("select ops.wake_at(clock_timestamp())") }
      }
    }
  }

  private func expectTheAlarmInTime(of brand: BrandFixture, _ comment: Comment) async throws {
    let rows = try await brand.query("select min(due_at) as next from touches where state = 'planned'")
    let next: Date? = try rows[0].value("next")
    let alarm = try await brand.alarm() ?? .distantFuture
    #expect(alarm <= next ?? .distantFuture, comment)
  }
}
