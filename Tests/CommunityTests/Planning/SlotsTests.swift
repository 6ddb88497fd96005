import Almanac
import Foundation
import Identifiers
import Testing

@testable import Community

/// Which touches a plan makes in a span of time: pure.
@Suite struct SlotsTests {
  private let pieces = [ID<Content>(), ID<Content>(), ID<Content>()]

  private func plan(_ recurrence: Recurrence, contents: [ID<Content>]? = nil) -> Plan {
    Plan(
      id: ID(), name: "早安", contents: contents ?? pieces, audience: Audience(all: true), recurrence: recurrence,
      graceMinutes: 60, state: .approved, version: 2, approvedAt: nil, approvedBy: nil, createdAt: .now)
  }

  private func slots(
    _ recurrence: Recurrence, from: String, until: String, in zone: String = "Asia/Shanghai"
  ) throws -> [TouchPlanning.Slot] {
    try TouchPlanning.slots(
      of: plan(recurrence), versions: [4, 5, 6], from: instant(from), until: instant(until), in: Zone(zone))
  }

  private func instant(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  private func date(_ text: String) throws -> CivilDate { try CivilDate(iso: text) }

  private func time(_ text: String) throws -> WallTime { try WallTime(iso: text) }

  @Test func aDailyPlanHasASlotForEachTimeOfFourteenDays() throws {
    let rule = try Recurrence.daily(from: date("2026-01-01"), at: [time("09:30"), time("20:00")])
    let slots = try slots(rule, from: "2026-03-08T00:00:00Z", until: "2026-03-22T00:00:00Z")
    #expect(slots.count == 28)
    let first = try #require(slots.first)
    #expect(first.wall == "2026-03-08T09:30")
    #expect(first.zone == "Asia/Shanghai")
    #expect(try first.dueAt == instant("2026-03-08T01:30:00Z"))
    #expect(slots.last?.wall == "2026-03-21T20:00")
    #expect(Set(slots.map(\.occurrence)).count == 28)
    #expect(slots.map(\.dueAt) == slots.map(\.dueAt).sorted())
  }

  @Test func aWeeklyPlanKeepsItsWeekdays() throws {
    let rule = try Recurrence.weekly(
      every: 2, on: [.monday, .friday], from: date("2026-03-02"), at: [time("10:00")], until: .after(occurrences: 3))
    let slots = try slots(rule, from: "2026-03-01T00:00:00Z", until: "2026-06-01T00:00:00Z")
    #expect(slots.map(\.wall) == ["2026-03-02T10:00", "2026-03-06T10:00", "2026-03-16T10:00"])
  }

  @Test func aPlanForOnceHasOneSlotOrNone() throws {
    let rule = try Recurrence.once(on: date("2026-03-08"), at: time("12:00"))
    #expect(
      try slots(rule, from: "2026-03-08T00:00:00Z", until: "2026-03-22T00:00:00Z").map(\.wall) == ["2026-03-08T12:00"])
    #expect(try slots(rule, from: "2026-03-08T05:00:00Z", until: "2026-03-22T00:00:00Z").isEmpty)
  }

  @Test func theSpanBeginsWithItsFirstInstantAndEndsBeforeItsLast() throws {
    let rule = try Recurrence.daily(from: date("2026-01-01"), at: [time("12:00")])
    let slots = try slots(rule, from: "2026-03-08T04:00:00Z", until: "2026-03-10T04:00:00Z")
    #expect(slots.map(\.wall) == ["2026-03-08T12:00", "2026-03-09T12:00"])
  }

  @Test func aClockChangeMovesTheInstantAndNotTheWallTime() throws {
    let rule = try Recurrence.daily(from: date("2026-03-01"), at: [time("02:30")])
    let spring = try slots(rule, from: "2026-03-07T05:00:00Z", until: "2026-03-10T05:00:00Z", in: "America/New_York")
    #expect(spring.map(\.wall) == ["2026-03-07T02:30", "2026-03-08T02:30", "2026-03-09T02:30"])
    #expect(
      try spring.map(\.dueAt) == [
        instant("2026-03-07T07:30:00Z"), instant("2026-03-08T07:00:00Z"), instant("2026-03-09T06:30:00Z"),
      ])
    let twice = try Recurrence.daily(from: date("2026-10-31"), at: [time("01:30")])
    let autumn = try slots(twice, from: "2026-11-01T04:00:00Z", until: "2026-11-02T04:00:00Z", in: "America/New_York")
    #expect(try autumn.map(\.dueAt) == [instant("2026-11-01T05:30:00Z")])
  }

  @Test func piecesTakeTurnsWithTheirApprovedVersions() throws {
    let rule = try Recurrence.daily(from: date("2026-03-08"), at: [time("09:30")])
    let slots = try slots(rule, from: "2026-03-08T00:00:00Z", until: "2026-03-13T00:00:00Z")
    #expect(slots.map(\.content) == [pieces[0], pieces[1], pieces[2], pieces[0], pieces[1]])
    #expect(slots.map(\.contentVersion) == [4, 5, 6, 4, 5])
  }

  /// The law: which piece stands at which time does not hang on when it was planned.
  @Test func whatIsPlannedLaterIsWhatWasPlannedBefore() throws {
    var random = Seeded()
    for _ in 0..<100 {
      let start = try date("2026-01-01").advanced(by: random.number(0...40))
      let weekdays = Weekday.allCases.filter { _ in random.chance(0.4) }
      let times = try Set((0...random.number(0...2)).map { _ in try WallTime(hour: random.number(0...23), minute: 15) })
      let recurrence =
        try weekdays.isEmpty
        ? Recurrence.daily(every: random.number(1...4), from: start, at: Array(times))
        : Recurrence.weekly(every: random.number(1...3), on: weekdays, from: start, at: Array(times))
      let plan = plan(recurrence, contents: Array(pieces.prefix(random.number(1...3))))
      let zone = try Zone(["Asia/Shanghai", "America/New_York", "UTC"][random.number(0...2)])
      let (early, end) = (try instant("2026-01-05T00:00:00Z"), try instant("2026-04-05T00:00:00Z"))
      let late = early.addingTimeInterval(Double(random.number(0...80 * 86_400)))
      let before = TouchPlanning.slots(of: plan, versions: [1, 2, 3], from: early, until: end, in: zone)
      let after = TouchPlanning.slots(of: plan, versions: [1, 2, 3], from: late, until: end, in: zone)
      #expect(after == before.filter { $0.dueAt >= late }, "seed \(random.seed)")
    }
  }
}
