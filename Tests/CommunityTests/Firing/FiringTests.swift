import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community

@Suite struct FiringTests {
  @Test func whatIsDueFiresOnceHoweverManyFireIt() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan(
        [try await brand.addText()], rule: brand.daily(["09:00", "15:00", "21:00"]))
      let due = try await brand.touches(of: plan).prefix(20).map(\.id)
      try await brand.makeDue(due)
      try await withThrowingTaskGroup { group in
        for _ in 0..<4 { group.addTask { try await brand.fire() } }
        try await group.waitForAll()
      }
      #expect(try await Set(brand.touches(of: plan, in: .fired).map(\.id)) == Set(due))
      #expect(try await brand.runs(of: ExpandTouch.self).map(\.payload.touch).sorted() == due.sorted())
    }
  }

  @Test func whoeverComesSecondGoesAwayAndLeavesTheAlarm() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()])
      let touch = try await brand.touches(of: plan)[0].id
      try await brand.makeDue([touch])
      let alarm = try await brand.alarm()
      try await brand.work { first in
        try await first.query("select ops.lock_alarm()")
        try await brand.fire()
      }
      #expect(try await brand.touch(touch).state == .planned)
      #expect(try await brand.alarm() == alarm)
      try await brand.fire()
      #expect(try await brand.touch(touch).state == .fired)
    }
  }

  @Test func aTouchIsMissedWhenItsGraceIsOver() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()], grace: 30)
      let touches = try await brand.touches(of: plan).map(\.id)
      try await brand.makeDue([touches[0]], minutesAgo: 29)
      try await brand.makeDue([touches[1]], minutesAgo: 31)
      try await brand.fire()
      #expect(try await brand.touch(touches[0]).state == .fired)
      #expect(try await brand.touch(touches[1]).state == .missed)
      #expect(try await brand.runs(of: ExpandTouch.self).map(\.payload.touch) == [touches[0]])
    }
  }

  @Test func aTouchOfAnOlderVersionNeverFires() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()])
      let touch = try await brand.touches(of: plan)[0].id
      try await brand.makeDue([touch])
      // Nothing in the product leaves a touch behind like this; should something ever, it must not leave.
      try await brand.query("update plans set version = version + 1 where id = \(plan)")
      try await brand.fire()
      #expect(try await brand.touch(touch).state == .withdrawn)
      #expect(try await brand.runs(of: ExpandTouch.self).isEmpty)
    }
  }

  @Test func theAlarmIsSetToWhatComesNext() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("12:00"))
      let second = try await brand.approvedPlan([try await brand.addText()], rule: brand.once("13:00"))
      let (first, next) = (try await brand.touches(of: plan)[0], try await brand.touches(of: second)[0])
      #expect(try await brand.alarm() == first.dueAt)
      try await brand.makeDue([first.id])
      try await brand.fire()
      #expect(try await brand.alarm() == next.dueAt)
      try await brand.makeDue([next.id])
      try await brand.fire()
      #expect(try await brand.alarm() == nil)
    }
  }

  @Test func moreThanOneBatchIsFiredByFiringAgain() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let times = (0..<48).map { "\($0 / 2 < 10 ? "0" : "")\($0 / 2):\($0 % 2 == 0 ? "00" : "30")" }
      let plan = try await brand.approvedPlan([try await brand.addText()], rule: brand.daily(times))
      let touches = try await brand.touches(of: plan).map(\.id)
      try #require(touches.count > 500)
      try await brand.makeDue(touches)
      try await brand.fire()
      #expect(try await brand.touches(of: plan, in: .fired).count == 500)
      let alarm = try #require(try await brand.alarm())
      #expect(alarm < .now)
      try await brand.fire()
      #expect(try await brand.touches(of: plan, in: .planned).isEmpty)
    }
  }

  @Test func aPlanThatReachesNoFurtherIsExtended() async throws {
    try await withBrand { brand in
      _ = try await brand.addGroup()
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await brand.fire()
      #expect(try await brand.runs(of: ExtendPlan.self).isEmpty)
      try await brand.query("update plans set planned_until = planned_until - interval '25 hours' where id = \(plan)")
      try await brand.fire()
      try await brand.fire()
      #expect(try await brand.runs(of: ExtendPlan.self).map(\.payload) == [ExtendPlan(plan: plan)])
      // Until the run has been, the alarm stays quiet for a while.
      let alarm = try #require(try await brand.alarm())
      #expect(alarm > .now)
    }
  }
}

extension BrandFixture {
  /// When the brand's alarm rings.
  func alarm() async throws -> Date? {
    try await deployment.pool.read("select due_at from ops.alarms where brand_id = \(brand.id)").first?.value("due_at")
  }
}
