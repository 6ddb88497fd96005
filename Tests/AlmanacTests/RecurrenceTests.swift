import Almanac
import Foundation
import Testing

@Suite struct RecurrenceTests {
  let shanghai = try! Zone("Asia/Shanghai")

  private func date(_ text: String) throws -> CivilDate { try CivilDate(iso: text) }
  private func times(_ texts: String...) throws -> [WallTime] { try texts.map { try WallTime(iso: $0) } }

  private func keys(_ recurrence: Recurrence, from: String, to: String) throws -> [String] {
    let start = shanghai.resolve(try date(from), .midnight).instant
    let end = shanghai.resolve(try date(to), .midnight).instant
    return recurrence.occurrences(in: start..<end, zone: shanghai).map(\.key)
  }

  @Test func onceHappensOnce() throws {
    let once = Recurrence.once(on: try date("2026-11-22"), at: try WallTime(iso: "09:30"))
    #expect(try keys(once, from: "2026-01-01", to: "2027-01-01") == ["2026-11-22T09:30"])
    #expect(try keys(once, from: "2026-11-23", to: "2027-01-01") == [])
    #expect(try keys(once, from: "2026-11-01", to: "2026-11-22") == [])
  }

  @Test func dailyKeepsItsStep() throws {
    let daily = try Recurrence.daily(every: 3, from: try date("2026-02-27"), at: try times("20:00", "09:30"))
    #expect(
      try keys(daily, from: "2026-03-01", to: "2026-03-06") == [
        "2026-03-02T09:30", "2026-03-02T20:00", "2026-03-05T09:30", "2026-03-05T20:00",
      ])
  }

  @Test func weeklyBeginsInTheStartsWeekButNotBeforeTheStart() throws {
    let weekly = try Recurrence.weekly(
      every: 2, on: [.friday, .monday], from: try date("2026-03-04"), at: try times("10:00"))
    #expect(
      try keys(weekly, from: "2026-03-01", to: "2026-04-01") == [
        "2026-03-06T10:00", "2026-03-16T10:00", "2026-03-20T10:00", "2026-03-30T10:00",
      ])
  }

  @Test func countIncludesEveryTimeFromTheStartOn() throws {
    let daily = try Recurrence.daily(
      from: try date("2026-03-01"), at: try times("08:00", "20:00"), until: .after(occurrences: 5))
    #expect(
      try keys(daily, from: "2026-03-02", to: "2026-04-01") == [
        "2026-03-02T08:00", "2026-03-02T20:00", "2026-03-03T08:00",
      ])
  }

  @Test func untilIsTheLastDay() throws {
    let daily = try Recurrence.daily(
      from: try date("2026-03-01"), at: try times("23:59"), until: .on(try date("2026-03-02")))
    #expect(try keys(daily, from: "2026-01-01", to: "2027-01-01") == ["2026-03-01T23:59", "2026-03-02T23:59"])
  }

  @Test func theSpanIsHalfOpen() throws {
    let start = shanghai.resolve(try date("2026-03-01"), try WallTime(iso: "09:00")).instant
    let daily = try Recurrence.daily(from: try date("2026-01-01"), at: try times("09:00"))
    let day = start..<start.addingTimeInterval(86_400)
    #expect(daily.occurrences(in: day, zone: shanghai).map(\.key) == ["2026-03-01T09:00"])
    #expect(daily.occurrences(in: start..<start, zone: shanghai).map(\.key) == [])
  }

  @Test func occurrencesOfAClockChangeSayWhatBecameOfThem() throws {
    let newYork = try Zone("America/New_York")
    let daily = try Recurrence.daily(
      from: try date("2026-03-07"), at: try times("02:30"), until: .after(occurrences: 3))
    let all = Array(daily.occurrences(in: .distantPast ..< .distantFuture, zone: newYork))
    #expect(all.map(\.key) == ["2026-03-07T02:30", "2026-03-08T02:30", "2026-03-09T02:30"])
    #expect(all.map(\.planned.resolution) == [.exact, .gap(shifted: 1800), .exact])
  }

  @Test func aDayThatNeverWasIsAnsweredOnTheNext() throws {
    let apia = try Zone("Pacific/Apia")
    let daily = try Recurrence.daily(from: try date("2011-12-29"), at: try times("09:30"))
    let newDay = apia.instants(of: try date("2011-12-31"))
    let all = Array(daily.occurrences(in: newDay, zone: apia))
    #expect(all.map(\.key) == ["2011-12-30T09:30", "2011-12-31T09:30"])
    #expect(all.first?.planned.resolution == .gap(shifted: 52_200))
  }

  @Test func anEndlessRuleIsReadLazilyAndStopsWithTheCalendar() throws {
    let daily = try Recurrence.daily(from: try date("2026-01-01"), at: try times("09:00"))
    let endless = daily.occurrences(in: .distantPast ..< .distantFuture, zone: shanghai)
    #expect(endless.prefix(2).map(\.key) == ["2026-01-01T09:00", "2026-01-02T09:00"])
    let last = try Recurrence.daily(every: 366, from: try date("9999-01-01"), at: try times("09:00"))
    #expect(
      last.occurrences(in: .distantPast..<Date(timeIntervalSince1970: 1e12), zone: shanghai).count { _ in true } == 1)
  }
}

@Suite struct RecurrenceJSONTests {
  private func decode(_ json: String) throws -> Recurrence {
    try JSONDecoder().decode(Recurrence.self, from: Data(json.utf8))
  }

  @Test(arguments: [
    #"{"date":"2026-03-08","kind":"once","time":"09:30"}"#,
    #"{"every":1,"kind":"daily","start":"2026-03-08","times":["09:30","20:00"]}"#,
    #"{"every":2,"kind":"daily","start":"2026-03-08","times":["09:30:15"],"until":"2026-04-30"}"#,
    #"{"count":12,"every":1,"kind":"weekly","start":"2026-03-08","times":["10:00"],"weekdays":["monday","sunday"]}"#,
  ])
  func roundTrips(_ json: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(try decode(json)), as: UTF8.self) == json)
  }

  @Test(arguments: [
    (#"{}"#, "kind: required"),
    (#"{"kind":"hourly"}"#, "kind: malformed"),
    (#"{"kind":7}"#, "kind: malformed"),
    (#"{"kind":"once","date":"2026-02-29","time":"24:00"}"#, "date: nonexistent, time: nonexistent"),
    (#"{"kind":"once","date":"2026-03-08","time":"09:30","times":[]}"#, "times: unknown_field"),
    (#"{"kind":"daily"}"#, "start: required, times: required"),
    (#"{"kind":"daily","start":"2026-03-08","times":[]}"#, "times: empty"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30","9:30"]}"#, "times[1]: malformed"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30","09:30"]}"#, "times: duplicate"),
    (#"{"kind":"daily","start":"2026-03-08","times":"09:30"}"#, "times: malformed"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30"],"every":0}"#, "every: out_of_range"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30"],"every":1.5}"#, "every: malformed"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30"],"every":9e18}"#, "every: out_of_range"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30"],"until":"2026-03-07"}"#, "until: before_start"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30"],"until":"2026-03-09","count":1}"#, "count: conflict"),
    (#"{"kind":"daily","start":"2026-03-08","times":["09:30"],"count":0}"#, "count: out_of_range"),
    (
      #"{"kind":"weekly","start":"2026-03-08","times":["09:30"],"weekdays":["monday","Mon"]}"#,
      "weekdays[1]: malformed"
    ),
    (
      #"{"kind":"weekly","start":"2026-03-09","times":["09:30"],"weekdays":["sunday"],"until":"2026-03-14"}"#,
      "until: never_occurs"
    ),
  ])
  func refusesWithFieldAndCode(_ json: String, _ problems: String) throws {
    let error = #expect(throws: RecurrenceError.self) { try decode(json) }
    #expect(error?.description == problems)
  }

  @Test func makersRefuseTheSame() throws {
    let start = try CivilDate(iso: "2026-03-08")
    let error = #expect(throws: RecurrenceError.self) {
      try Recurrence.weekly(every: 400, on: [], from: start, at: [], until: .on(start.advanced(by: -1)))
    }
    #expect(
      error?.description == "every: out_of_range, weekdays: empty, times: empty, until: before_start")
  }
}
