import Almanac
import Foundation
import Testing

@Suite struct CivilDateTests {
  @Test func readsAndWritesISO() throws {
    let date = try CivilDate(iso: "2026-03-08")
    #expect((date.year, date.month, date.day) == (2026, 3, 8))
    #expect(date.description == "2026-03-08")
    #expect(date.weekday == .sunday)
    #expect(try CivilDate(iso: "0001-01-01").description == "0001-01-01")
    #expect(try CivilDate(iso: "9999-12-31").advanced(by: -1).description == "9999-12-30")
  }

  @Test(arguments: [
    "", "2026-3-8", "2026-03-08 ", " 2026-03-08", "2026/03/08", "20260308", "2026-03-08T00:00", "+026-03-08",
    "２０２６-０３-０８", "2026--3-08", "2026-03", "2026-03-08-01",
  ])
  func refusesOtherSpellings(_ text: String) {
    #expect(throws: CivilDateError.malformed(text)) { try CivilDate(iso: text) }
    #expect(CivilDate(text) == nil)
  }

  @Test(arguments: [(2026, 2, 29), (1900, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31), (2026, 1, 0), (0, 1, 1)])
  func refusesDaysThatDoNotExist(_ year: Int, _ month: Int, _ day: Int) {
    #expect(throws: CivilDateError.noSuchDay(year: year, month: month, day: day)) {
      try CivilDate(year: year, month: month, day: day)
    }
  }

  @Test func agreesWithFoundationOnEveryTestedDay() throws {
    var gregorian = Calendar(identifier: .gregorian)
    gregorian.timeZone = .gmt
    // From 1600 on, well after Foundation's switch from the Julian calendar; the step is coprime to weeks and months.
    let first = try CivilDate(year: 1600, month: 1, day: 1)
    for number in stride(from: first.dayNumber, through: 200_000, by: 13) {
      let date = CivilDate(dayNumber: number)
      let parts = gregorian.dateComponents(
        [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(number) * 86_400))
      #expect((date.year, date.month, date.day) == (parts.year, parts.month, parts.day))
      #expect(date.weekday.rawValue % 7 + 1 == parts.weekday)
      #expect(try CivilDate(year: date.year, month: date.month, day: date.day) == date)
    }
  }

  @Test func isCodedAsText() throws {
    let date = try CivilDate(iso: "2024-02-29")
    #expect(String(decoding: try JSONEncoder().encode([date]), as: UTF8.self) == #"["2024-02-29"]"#)
    #expect(try JSONDecoder().decode([CivilDate].self, from: Data(#"["2024-02-29"]"#.utf8)) == [date])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([CivilDate].self, from: Data(#"["2023-02-29"]"#.utf8))
    }
  }

  @Test func weeksBeginOnMonday() throws {
    let sunday = try CivilDate(iso: "2026-03-08")
    #expect(sunday.mondayOfWeek.description == "2026-03-02")
    #expect(sunday.advanced(by: 1).mondayOfWeek.description == "2026-03-09")
  }
}

@Suite struct WallTimeTests {
  @Test func readsAndWrites() throws {
    #expect(try WallTime(iso: "09:30").description == "09:30")
    #expect(try WallTime(iso: "23:59:59").secondOfDay == 86_399)
    #expect(try WallTime(iso: "00:00:01").description == "00:00:01")
    #expect(try WallTime(iso: "09:30") < WallTime(iso: "09:30:01"))
  }

  @Test(arguments: ["", "9:30", "09:30Z", "0930", "09:3", "-1:30", "09:30:00:00", "09.30"])
  func refusesOtherSpellings(_ text: String) {
    #expect(throws: WallTimeError.malformed(text)) { try WallTime(iso: text) }
  }

  @Test(arguments: ["24:00", "12:60", "23:59:60"])
  func refusesTimesThatNoClockShows(_ text: String) {
    #expect(throws: WallTimeError.self) { try WallTime(iso: text) }
    #expect(WallTime(text) == nil)
  }
}
