import Almanac
import Foundation
import Testing

@testable import JobQueue

/// What a schedule has due, by the clock of a wall.
@Suite struct DueOccurrencesTests {
  private func instant(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  private func rule(_ times: String..., from start: String) throws -> Recurrence {
    try .daily(from: CivilDate(iso: start), at: times.map { try WallTime(iso: $0) })
  }

  private func due(
    _ rule: Recurrence, _ zone: String, from: String, at now: String, _ missed: MissedRuns = .skip,
    grace: TimeInterval = 300
  ) throws -> DueOccurrences {
    DueOccurrences(
      of: rule, in: try Zone(zone), from: try instant(from), at: try instant(now), missed: missed, grace: grace)
  }

  /// Vectors of clock changes: where the wall skips the time it is the first instant after, where it shows it twice the
  /// first of both, and each day comes once.
  @Test(arguments: [
    ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"),
    ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"),
    ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"),
    ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30:00Z", "2026-02-16T02:30:00Z"),
    ("Pacific/Apia", "2011-12-29", "09:00", "2011-12-29T19:00:00Z", "2011-12-30T10:00:00Z"),
    ("Asia/Shanghai", "2026-06-01", "09:00", "2026-06-01T01:00:00Z", "2026-06-02T01:00:00Z"),
  ])
  func clockChanges(zone: String, day: String, time: String, first: String, second: String) throws {
    let rule = try rule(time, from: day)
    let fired = try due(rule, zone, from: first, at: first)
    #expect(fired.fired.map(\.instant) == [try instant(first)], "\(zone)")
    #expect(fired.fired.first?.wall == "\(day)T\(time)")
    #expect(fired.next == (try instant(second)), "\(zone)")
  }

  @Test func whatIsInTimeAlwaysRuns() throws {
    let rule = try rule("09:00", "09:02", from: "2026-06-01")
    for missed: MissedRuns in [.skip, .latest, .all(atMost: 1)] {
      let due = try due(rule, "UTC", from: "2026-06-01T09:00:00Z", at: "2026-06-01T09:03:00Z", missed)
      #expect(due.fired.map(\.wall) == ["2026-06-01T09:00", "2026-06-01T09:02"])
      #expect(due.missed == 0)
      #expect(due.next == (try instant("2026-06-02T09:00:00Z")))
    }
  }

  @Test func thePolicyDecidesOverWhatIsLate() throws {
    let rule = try rule("09:00", from: "2026-06-01")
    func late(_ missed: MissedRuns, at now: String = "2026-06-05T12:00:00Z") throws -> DueOccurrences {
      try due(rule, "UTC", from: "2026-06-01T09:00:00Z", at: now, missed)
    }
    #expect(try late(.skip).fired == [] && late(.skip).missed == 5)
    #expect(try late(.latest).fired.map(\.wall) == ["2026-06-05T09:00"])
    #expect(try late(.all(atMost: 2)).fired.map(\.wall) == ["2026-06-04T09:00", "2026-06-05T09:00"])
    #expect(try late(.all(atMost: 2)).missed == 3)
    // The latest is not needed when another came in time.
    let inTime = try late(.latest, at: "2026-06-05T09:01:00Z")
    #expect(inTime.fired.map(\.wall) == ["2026-06-05T09:00"] && inTime.missed == 4)
    #expect(try late(.skip).next == (try instant("2026-06-06T09:00:00Z")))
  }

  @Test func anEndedRuleHasNoNext() throws {
    let rule = Recurrence.once(on: try CivilDate(iso: "2026-06-01"), at: try WallTime(iso: "09:00"))
    let due = try due(rule, "UTC", from: "2026-06-01T09:00:00Z", at: "2026-06-01T09:00:00Z")
    #expect(due.fired.count == 1 && due.next == nil)
  }

  /// As a whole: stepping through time at random, every occurrence is fired once or counted as missed, in order.
  @Test(arguments: 1...20) func nothingIsFiredTwiceOrForgotten(number: Int) throws {
    var random = Seeded()
    let zones = ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Shanghai", "Europe/Berlin"]
    let zone = try Zone(zones[random.number(0...4)])
    let times = try (0...random.number(0...2)).map { _ in
      try WallTime(hour: random.number(0...23), minute: random.number(0...59))
    }
    let rule = try Recurrence.daily(from: try CivilDate(iso: "2026-01-01"), at: Array(Set(times)))
    let (start, end) = (try instant("2026-01-01T00:00:00Z"), try instant("2027-01-01T00:00:00Z"))
    let all = rule.occurrences(in: start..<end, zone: zone).map(\.planned.instant)
    let missed: MissedRuns = [.skip, .latest, .all(atMost: 3)][random.number(0...2)]
    var (next, now, seen, left) = (all.first, start, [] as [Date], 0)
    while let due = next, due < end {
      now = max(due, now).addingTimeInterval(Double(random.number(0...200_000)))
      now = min(now, end - 1)
      let found = DueOccurrences(of: rule, in: zone, from: due, at: now, missed: missed, grace: 3_600)
      seen += found.fired.map(\.instant)
      left += found.missed
      next = found.next
      #expect(
        found.fired.isEmpty || !missed.isSkip || found.fired.allSatisfy { $0.instant >= now - 3_600 }, "\(random)")
    }
    #expect(seen == seen.sorted() && Set(seen).count == seen.count, "\(random)")
    #expect(Set(seen).isSubset(of: Set(all)) && seen.count + left == all.count, "\(random)")
  }
}

extension MissedRuns {
  fileprivate var isSkip: Bool { self == .skip }
}
