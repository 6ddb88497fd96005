import Almanac
import Foundation
import Testing

@testable import Community

@Suite struct DispatchGuardsTests {
  /// 2026-03-08 12:00:00 in Shanghai.
  private static let noon = Date(timeIntervalSince1970: 1_772_942_400)

  private static func facts(_ change: (inout DispatchFacts) throws -> Void = { _ in }) throws -> DispatchFacts {
    var facts = DispatchFacts(
      isApproved: true, isBrandActive: true, isGroupActive: true, isChannelActive: true, now: noon,
      dueAt: noon.addingTimeInterval(-60), grace: 3_600, zone: try Zone("Asia/Shanghai"),
      quietHours: QuietHours(from: try WallTime(iso: "22:30"), to: try WallTime(iso: "08:00")), weight: .core,
      coreToday: 0, coreDailyCap: 3, parkedUntil: nil, claims: [], rateLimit: 3, window: 60)
    try change(&facts)
    return facts
  }

  private func verdict(_ change: (inout DispatchFacts) throws -> Void = { _ in }) throws -> DispatchVerdict {
    DispatchGuards.verdict(on: try Self.facts(change))
  }

  /// The rules in their order, each with what breaks it and nothing else.
  private static let rules: [(reason: SkipReason, breaks: @Sendable (inout DispatchFacts) throws -> Void)] = [
    (.withdrawn, { $0.isApproved = false }),
    (.brandSuspended, { $0.isBrandActive = false }),
    (.groupClosed, { $0.isGroupActive = false }),
    (.channelPaused, { $0.isChannelActive = false }),
    (.tooLate, { $0.grace = 30 }),
    (.quietHours, { $0.quietHours = QuietHours(from: try WallTime(iso: "11:00"), to: try WallTime(iso: "13:00")) }),
    (.dailyCap, { $0.coreToday = 3 }),
    (.monthlyQuota, { ($0.quotaUsed, $0.quotaLimit) = (30, 30) }),
  ]

  @Test func whatBreaksNoRuleIsSent() throws {
    #expect(try verdict() == .send)
  }

  @Test(arguments: 0..<8)
  func theFirstBrokenRuleDecides(_ place: Int) throws {
    let rules = Self.rules[place...]
    #expect(try verdict(rules[place].breaks) == .skip(rules[place].reason))
    let verdict = try verdict { facts in
      facts.parkedUntil = facts.now.addingTimeInterval(10)
      for rule in rules { try rule.breaks(&facts) }
    }
    #expect(verdict == .skip(rules[place].reason))
  }

  @Test(arguments: [
    ("22:29:59", false), ("22:30:00", true), ("23:59:59", true), ("00:00:00", true), ("07:59:59", true),
    ("08:00:00", false),
  ])
  func quietHoursGoOverMidnight(_ time: String, _ isQuiet: Bool) throws {
    let verdict = try verdict { facts in
      let instant = facts.zone.resolve(try CivilDate(iso: "2026-03-09"), try WallTime(iso: time)).instant
      (facts.now, facts.dueAt) = (instant, instant)
    }
    #expect(verdict == (isQuiet ? .skip(.quietHours) : .send))
  }

  @Test func quietHoursAreTheBrandsZones() throws {
    #expect(try verdict { $0.zone = try Zone("America/New_York") } == .skip(.quietHours))
  }

  @Test func quietHoursFromATimeToItselfAreNone() throws {
    #expect(
      try verdict { $0.quietHours = QuietHours(from: try WallTime(iso: "12:00"), to: try WallTime(iso: "12:00")) }
        == .send)
  }

  @Test(arguments: [(0.0, DispatchVerdict.send), (0.001, .skip(.tooLate)), (-3_600, .send)])
  func theGraceEndsWithItsLastInstant(_ over: Double, _ expected: DispatchVerdict) throws {
    #expect(try verdict { $0.dueAt = $0.now.addingTimeInterval(-$0.grace - over) } == expected)
  }

  @Test(arguments: Content.Weight.allCases)
  func onlyCorePiecesCountAgainstTheCap(_ weight: Content.Weight) throws {
    for (today, cap, isOver) in [(2, 3, false), (3, 3, true), (4, 3, true), (0, 0, true)] {
      let verdict = try verdict { ($0.weight, $0.coreToday, $0.coreDailyCap) = (weight, today, cap) }
      #expect(verdict == (weight == .core && isOver ? .skip(.dailyCap) : .send))
    }
  }

  @Test func aParkedChannelWaitsUntilItsTime() throws {
    let until = Self.noon.addingTimeInterval(10)
    #expect(try verdict { $0.parkedUntil = until } == .wait(until: until))
    #expect(try verdict { $0.parkedUntil = $0.now } == .send)
    #expect(try verdict { $0.parkedUntil = $0.now.addingTimeInterval(-10) } == .send)
  }

  @Test(arguments: [
    (59.999, DispatchVerdict.wait(until: noon.addingTimeInterval(0.001))), (60, .send), (60.001, .send),
  ])
  func theWindowIsFreeWhenItsOldestClaimHasLeftIt(_ age: Double, _ expected: DispatchVerdict) throws {
    let verdict = try verdict { facts in
      facts.claims = [10, age, 20].map { Self.noon.addingTimeInterval(-$0) }
    }
    guard case (.wait(let until), .wait(let wanted)) = (verdict, expected) else {
      #expect(verdict == expected)
      return
    }
    #expect(abs(until.timeIntervalSince(wanted)) < 0.000_001)
  }

  @Test func aWindowThatIsNotFullIsFree() throws {
    #expect(try verdict { $0.claims = [$0.now, $0.now] } == .send)
    #expect(try verdict { $0.claims = [] } == .send)
  }

  /// More claims than the limit, as after the limit was lowered: as many have to leave the window as are too many.
  @Test func anOverfullWindowWaitsForAllThatAreTooMany() throws {
    let verdict = try verdict { facts in
      facts.claims = [50, 40, 30, 20, 10].map { Self.noon.addingTimeInterval(-$0) }
    }
    #expect(verdict == .wait(until: Self.noon.addingTimeInterval(30)))
  }

  @Test(arguments: [(10.0, 30.0), (40, 40)])
  func parkingAndWindowWaitForTheLater(_ parked: Double, _ until: Double) throws {
    let verdict = try verdict { facts in
      facts.parkedUntil = Self.noon.addingTimeInterval(parked)
      facts.claims = [30, 20, 10].map { Self.noon.addingTimeInterval(-$0) }
    }
    #expect(verdict == .wait(until: Self.noon.addingTimeInterval(until)))
  }

  @Test(arguments: [
    (nil as Int?, DispatchVerdict.send), (31, .send), (30, .skip(.monthlyQuota)), (0, .skip(.monthlyQuota)),
  ])
  func theQuotaIsUsedUpAtItsLimit(_ limit: Int?, _ expected: DispatchVerdict) throws {
    #expect(try verdict { ($0.quotaUsed, $0.quotaLimit) = (30, limit) } == expected)
  }

  /// In which of the two months the platform would count it nobody can say.
  @Test(arguments: [nil, 5]) func whatMayArriveInTheNextMonthWaitsForIt(_ limit: Int?) throws {
    let turn = Self.noon.addingTimeInterval(3)
    let verdict = try verdict { ($0.quotaLimit, $0.monthTurnsAt) = (limit, turn) }
    #expect(verdict == (limit == nil ? .send : .wait(until: turn)))
  }
}
