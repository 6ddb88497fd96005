@testable import Almanac
import Foundation
import Testing

/// Rules made at random, held against a reference that walks day by day from the start and asks of each day, in the
/// words of the documentation, whether the rule names it.
@Suite struct RecurrencePropertyTests {
  static let zones = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/London"]

  @Test func occurrencesEqualTheReference() throws {
    var random = Seeded()
    for _ in 0..<300 {
      let zone = try Zone(Self.zones[random.number(0...Self.zones.count - 1)])
      let recurrence = try Self.anyRecurrence(&random)
      let from = recurrence.start.advanced(by: random.number(-30...300))
      let to = from.advanced(by: random.number(0...120))
      let span = zone.resolve(from, try Self.anyTime(&random)).instant..<zone.resolve(to, .init("23:59")!).instant
      let expected = Self.reference(recurrence, zone: zone).filter { span.contains($0.planned.instant) }
      let actual = Array(recurrence.occurrences(in: span, zone: zone))
      try #require(actual.map(\.key) == expected.map(\.key), "\(recurrence) in \(zone) \(span), \(random)")
      try #require(actual.map(\.planned) == expected.map(\.planned), "\(random)")
      #expect(Set(actual.map(\.key)).count == actual.count, "\(random)")
    }
  }

  /// The law that re-planning stands on: cutting a span in two gives the same occurrences, each once.
  @Test func spansMayBeCutAnywhere() throws {
    var random = Seeded()
    for _ in 0..<300 {
      let zone = try Zone(Self.zones[random.number(0...Self.zones.count - 1)])
      let recurrence = try Self.anyRecurrence(&random)
      let start = zone.instants(of: recurrence.start).lowerBound
      let end = start.addingTimeInterval(Double(random.number(1...100) * 86_400))
      let cut = start.addingTimeInterval(Double(random.number(0...Int(end.timeIntervalSince(start)))))
      let whole = recurrence.occurrences(in: start..<end, zone: zone).map(\.key)
      let halves = [start..<cut, cut..<end].flatMap { recurrence.occurrences(in: $0, zone: zone).map(\.key) }
      try #require(whole == halves, "\(recurrence) in \(zone), cut at \(cut), \(random)")
    }
  }

  private static func anyTime(_ random: inout Seeded) throws -> WallTime {
    try WallTime(hour: random.number(0...23), minute: random.number(0...59))
  }

  private static func anyRecurrence(_ random: inout Seeded) throws -> Recurrence {
    // Around the clock changes of 2026, whatever the zone.
    let start = try CivilDate(iso: "2026-01-10").advanced(by: random.number(0...330))
    if random.chance(0.1) { return .once(on: start, at: try anyTime(&random)) }
    let times = Array(Set(try (0...random.number(0...3)).map { _ in try anyTime(&random) }))
    let end: Recurrence.End =
      switch random.number(0...2) {
      case 0: .never
      case 1: .after(occurrences: random.number(1...80))
      default: .on(start.advanced(by: random.number(30...200)))
      }
    if random.chance(0.4) {
      return try .daily(every: random.number(1...9), from: start, at: times, until: end)
    }
    let weekdays = Array(Weekday.allCases.shuffled(using: &random).prefix(random.number(1...7)))
    return try .weekly(every: random.number(1...3), on: weekdays, from: start, at: times, until: end)
  }

  private static func reference(_ recurrence: Recurrence, zone: Zone) -> [Occurrence] {
    var all: [(CivilDate, WallTime)] = []
    for offset in 0..<500 {
      let day = recurrence.start.advanced(by: offset)
      let times: [WallTime]
      switch recurrence.pattern {
      case .once(let time):
        times = offset == 0 ? [time] : []
      case .daily(let every, let all):
        times = offset % every == 0 ? all : []
      case .weekly(let every, let weekdays, let all):
        let weeks = (recurrence.start.weekday.rawValue - 1 + offset) / 7
        times = weeks % every == 0 && weekdays.contains(day.weekday) ? all : []
      }
      all += times.sorted().map { (day, $0) }
    }
    switch recurrence.end {
    case .never: break
    case .on(let last): all = all.filter { $0.0 <= last }
    case .after(let count): all = Array(all.prefix(count))
    }
    return all.map { day, time in Occurrence(key: "\(day)T\(time)", planned: zone.resolve(day, time)) }
  }
}
