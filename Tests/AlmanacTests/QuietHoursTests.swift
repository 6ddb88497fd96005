import Almanac
import Foundation
import Testing

@Suite struct QuietHoursTests {
  let night = QuietHours(from: WallTime("22:30")!, to: WallTime("08:00")!)
  let shanghai = try! Zone("Asia/Shanghai")

  @Test(arguments: [
    ("22:29:59", false), ("22:30", true), ("00:00", true), ("07:59:59", true), ("08:00", false), ("12:00", false),
  ])
  func wrapOverMidnight(_ time: String, _ isQuiet: Bool) throws {
    #expect(night.contains(try WallTime(iso: time)) == isQuiet)
  }

  @Test func mayLieWithinADay() throws {
    let siesta = QuietHours(from: try WallTime(iso: "13:00"), to: try WallTime(iso: "14:00"))
    #expect(siesta.contains(try WallTime(iso: "13:00")))
    #expect(!siesta.contains(try WallTime(iso: "14:00")))
  }

  @Test func noneWhenBothAreEqual() throws {
    #expect(QuietHours.none.isEmpty)
    #expect(!QuietHours.none.contains(.midnight))
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    #expect(QuietHours.none.end(after: now, in: shanghai) == now)
  }

  @Test func endAtTheSameOrTheNextMorning() throws {
    let evening = shanghai.resolve(try CivilDate(iso: "2026-03-08"), try WallTime(iso: "23:00")).instant
    let morning = shanghai.resolve(try CivilDate(iso: "2026-03-09"), try WallTime(iso: "08:00")).instant
    #expect(night.contains(evening, in: shanghai))
    #expect(night.end(after: evening, in: shanghai) == morning)
    #expect(night.end(after: morning.addingTimeInterval(-1), in: shanghai) == morning)
    #expect(night.end(after: morning, in: shanghai) == morning)
  }

  @Test func areCodedAsTwoTimes() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(night), as: UTF8.self)
    #expect(text == #"{"from":"22:30","to":"08:00"}"#)
    #expect(try JSONDecoder().decode(QuietHours.self, from: Data(text.utf8)) == night)
  }

  /// The law: the end is the first minute from now on whose clock shows no quiet hour, clock changes included.
  @Test func theEndIsTheFirstMinuteThatIsNotQuiet() throws {
    var random = Seeded()
    let changes: [(String, String)] = [
      ("America/New_York", "2026-03-08T07:00:00Z"), ("America/New_York", "2026-11-01T06:00:00Z"),
      ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
      ("Pacific/Apia", "2011-12-30T10:00:00Z"), ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
      ("Asia/Shanghai", "2026-03-08T00:00:00Z"),
    ]
    for _ in 0..<500 {
      let (name, change) = changes[random.number(0...changes.count - 1)]
      let zone = try Zone(name)
      let hours = QuietHours(
        from: try WallTime(hour: random.number(0...23), minute: random.number(0...3) * 15),
        to: try WallTime(hour: random.number(0...23), minute: random.number(0...3) * 15))
      let start = try Date(change, strategy: .iso8601).addingTimeInterval(Double(random.number(-1500...300) * 60))
      let end = (0...2 * 1440).lazy.map { start.addingTimeInterval(Double($0 * 60)) }
        .first { !hours.contains(zone.wall(at: $0).time) }
      #expect(hours.end(after: start, in: zone) == (try #require(end)), "\(name) \(hours) \(start), \(random)")
    }
  }
}
