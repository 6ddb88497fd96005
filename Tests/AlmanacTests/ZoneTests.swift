import Almanac
import Foundation
import Testing

@Suite struct ZoneTests {
  struct Vector: CustomTestStringConvertible {
    let zone: String
    let wall: String
    let instant: String
    let resolution: ZonedInstant.Resolution

    var testDescription: String { "\(zone) \(wall)" }
  }

  /// The expected instants follow from the offsets that the IANA database publishes for each change.
  static let vectors: [Vector] = [
    .init(zone: "Asia/Shanghai", wall: "2026-03-08 09:30", instant: "2026-03-08T01:30:00Z", resolution: .exact),
    .init(zone: "UTC", wall: "2026-03-08 02:30", instant: "2026-03-08T02:30:00Z", resolution: .exact),
    // The clocks go from 02:00 to 03:00.
    .init(
      zone: "America/New_York", wall: "2026-03-08 02:30", instant: "2026-03-08T07:00:00Z",
      resolution: .gap(shifted: 1800)),
    .init(
      zone: "America/New_York", wall: "2026-03-08 02:00", instant: "2026-03-08T07:00:00Z",
      resolution: .gap(shifted: 3600)),
    .init(zone: "America/New_York", wall: "2026-03-08 01:59", instant: "2026-03-08T06:59:00Z", resolution: .exact),
    .init(zone: "America/New_York", wall: "2026-03-08 03:00", instant: "2026-03-08T07:00:00Z", resolution: .exact),
    // The clocks go from 02:00 to 01:00.
    .init(zone: "America/New_York", wall: "2026-11-01 01:30", instant: "2026-11-01T05:30:00Z", resolution: .overlap),
    .init(zone: "America/New_York", wall: "2026-11-01 01:00", instant: "2026-11-01T05:00:00Z", resolution: .overlap),
    .init(zone: "America/New_York", wall: "2026-11-01 02:00", instant: "2026-11-01T07:00:00Z", resolution: .exact),
    // A change of half an hour.
    .init(
      zone: "Australia/Lord_Howe", wall: "2026-10-04 02:15", instant: "2026-10-03T15:30:00Z",
      resolution: .gap(shifted: 900)),
    .init(
      zone: "Australia/Lord_Howe", wall: "2026-04-05 01:45", instant: "2026-04-04T14:45:00Z", resolution: .overlap),
    // Clocks go back for Ramadan: 03:00 becomes 02:00 on 2026-02-15, and forward again on 2026-03-22.
    .init(zone: "Africa/Casablanca", wall: "2026-02-15 02:30", instant: "2026-02-15T01:30:00Z", resolution: .overlap),
    .init(zone: "Africa/Casablanca", wall: "2026-03-01 09:30", instant: "2026-03-01T09:30:00Z", resolution: .exact),
    .init(
      zone: "Africa/Casablanca", wall: "2026-03-22 02:30", instant: "2026-03-22T02:00:00Z",
      resolution: .gap(shifted: 1800)),
    // Samoa went over the date line: 2011-12-30 never was.
    .init(
      zone: "Pacific/Apia", wall: "2011-12-30 09:30", instant: "2011-12-30T10:00:00Z",
      resolution: .gap(shifted: 52_200)),
    .init(
      zone: "Pacific/Apia", wall: "2011-12-30 00:00", instant: "2011-12-30T10:00:00Z",
      resolution: .gap(shifted: 86_400)),
    .init(zone: "Pacific/Apia", wall: "2011-12-29 23:59", instant: "2011-12-30T09:59:00Z", resolution: .exact),
    .init(zone: "Pacific/Apia", wall: "2011-12-31 00:00", instant: "2011-12-30T10:00:00Z", resolution: .exact),
    // China's last summer time ended on 1991-09-15 at 02:00.
    .init(zone: "Asia/Shanghai", wall: "1991-09-15 01:30", instant: "1991-09-14T16:30:00Z", resolution: .overlap),
  ]

  @Test(arguments: vectors)
  func resolves(_ vector: Vector) throws {
    let zone = try Zone(vector.zone)
    let parts = vector.wall.split(separator: " ").map(String.init)
    let (date, time) = (try CivilDate(iso: parts[0]), try WallTime(iso: parts[1]))
    let answer = zone.resolve(date, time)
    #expect(answer.instant == (try Date(vector.instant, strategy: .iso8601)))
    #expect(answer.resolution == vector.resolution)
    #expect((answer.date, answer.time, answer.zone) == (date, time, zone))
  }

  @Test(arguments: ["", "Asia/Beijing", "CST", "GMT+8", "+08:00", "Asia/", "/etc/passwd", "../UTC", "asia shanghai"])
  func refusesUnknownZones(_ name: String) {
    #expect(throws: ZoneError.unknown(name)) { try Zone(name) }
  }

  @Test func aDayIsWhatTheZoneSaysItIs() throws {
    let shanghai = try Zone("Asia/Shanghai")
    let late = try Date("2026-03-08T15:59:59Z", strategy: .iso8601)
    #expect(shanghai.day(of: late).description == "2026-03-08")
    #expect(shanghai.day(of: late.addingTimeInterval(1)).description == "2026-03-09")
    #expect(shanghai.wall(at: late.addingTimeInterval(0.9)).time.description == "23:59:59")
  }

  @Test func daysHaveTheirOwnLength() throws {
    let newYork = try Zone("America/New_York")
    let hours = try ["2026-03-07", "2026-03-08", "2026-11-01"].map { text in
      let day = newYork.instants(of: try CivilDate(iso: text))
      return day.upperBound.timeIntervalSince(day.lowerBound) / 3600
    }
    #expect(hours == [24, 23, 25])
    #expect(try Zone("Pacific/Apia").instants(of: try CivilDate(iso: "2011-12-30")).isEmpty)
  }

  @Test func instantsFarAwayDoNotTrap() throws {
    let zone = try Zone("Asia/Shanghai")
    #expect(zone.day(of: .distantFuture) > zone.day(of: .distantPast))
    #expect(zone.day(of: Date(timeIntervalSince1970: .infinity)) > zone.day(of: .distantFuture))
    #expect(zone.day(of: Date(timeIntervalSince1970: .nan)).description == "1970-01-01")
  }

  /// The law: the answer is the first minute at which the clocks show the wall time or, coming from below, a later one.
  @Test func theAnswerIsTheFirstMinuteThatReachesTheWallTime() throws {
    var random = Seeded()
    let names = [
      "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Asia/Shanghai", "Asia/Tehran",
      "Europe/London", "America/St_Johns", "Asia/Pyongyang", "Pacific/Kwajalein", "America/Caracas", "Antarctica/Troll",
    ]
    for _ in 0..<400 {
      let zone = try Zone(names[random.number(0...names.count - 1)])
      let wall = try Self.wallNearAChange(of: zone, &random)
      let answer = zone.resolve(wall.date, wall.time)
      let asked = wall.date.dayNumber * 1440 + wall.time.secondOfDay / 60
      let reached = (-16 * 60...16 * 60).lazy.map { asked + $0 }.first { minute in
        minute + zone.offset(at: Date(timeIntervalSince1970: Double(minute * 60))) / 60 >= asked
      }
      let note = "\(zone) \(wall.date) \(wall.time), \(random)"
      #expect(answer.instant.timeIntervalSince1970 == Double(try #require(reached) * 60), "\(note)")
      let shown = zone.wall(at: answer.instant)
      #expect((shown == wall) == !answer.isInGap, "\(note)")
    }
  }

  /// A wall time within a day of one of the zone's changes of clock, or anywhere if it has none in the years tried.
  private static func wallNearAChange(of zone: Zone, _ random: inout Seeded) throws -> (date: CivilDate, time: WallTime)
  {
    let rules = try #require(TimeZone(identifier: zone.identifier))
    let start = Date(timeIntervalSince1970: Double(random.number(0...2_100_000_000)))
    let near = rules.nextDaylightSavingTimeTransition(after: start) ?? start
    let minutes = random.number(-1500...1500)
    let (date, time) = zone.wall(at: near.addingTimeInterval(Double(minutes * 60)))
    return (date, try WallTime(hour: time.hour, minute: time.minute))
  }
}

extension ZonedInstant {
  fileprivate var isInGap: Bool { if case .gap = resolution { true } else { false } }
}
