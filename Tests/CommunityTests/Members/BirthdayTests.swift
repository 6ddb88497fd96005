import Almanac
import Testing

@testable import Community

@Suite struct BirthdayTests {
  @Test(arguments: ["1993-05-20", "--05-20", "--02-29", "2000-02-29", "1993-02-30", "--02-30", "1993-02-29"])
  func aDayOfEitherCalendarIsReadAsItIsWritten(_ text: String) {
    #expect(Birthday(text)?.description == text)
  }

  @Test(arguments: [
    "", "--", "05-20", "-05-20", "---05-20", "1993-5-20", "1993-13-01", "1993-00-10", "1993-04-31", "--02-31",
    "1993-02-32",
    "1993-05-20 ", "93-05-20", "１９９３-05-20", "1993-05-20T00:00", "1993/05/20",
  ])
  func whatIsNoDayIsNone(_ text: String) {
    #expect(Birthday(text) == nil)
  }

  @Test(arguments: [
    ("1993-05-20", true, true), ("--02-29", true, true), ("1993-02-29", false, true), ("1993-02-30", false, true),
    ("--01-31", true, false), ("--12-30", true, true), ("1899-01-01", false, false), ("2101-01-01", false, false),
  ])
  func theCalendarsHaveOtherDays(_ text: String, _ isSolar: Bool, _ isLunar: Bool) throws {
    let birthday = try #require(Birthday(text))
    #expect(birthday.isDay(of: .solar) == isSolar)
    #expect(birthday.isDay(of: .lunar) == isLunar)
  }

  /// Every day that the solar calendar has can be told.
  @Test func everyDayIsABirthday() throws {
    for number in stride(from: -25_000, to: 40_000, by: 7) {
      let date = CivilDate(dayNumber: number)
      #expect(Birthday("\(date)") == Birthday(date))
    }
  }

  @Test(arguments: [("+8613812345678", "*******5678"), ("+123456", "*******3456"), (nil, nil)])
  func onlyTheTailOfAPhoneIsShown(_ phone: String?, _ shown: String?) {
    #expect(PhoneView.tail.shown(phone) == shown)
    #expect(PhoneView.whole.shown(phone) == phone)
  }
}
