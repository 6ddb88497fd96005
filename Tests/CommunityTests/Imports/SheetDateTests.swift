import Testing

@testable import Community

@Suite struct SheetDateTests {
  @Test(arguments: [
    ("2026-03-08", "2026-03-08"), ("2026/3/8", "2026-03-08"), ("2026.3.8", "2026-03-08"),
    ("2026年3月8日", "2026-03-08"), ("20260308", "2026-03-08"), ("2026/03/08", "2026-03-08"),
    ("46089", "2026-03-08"), ("46089.5", "2026-03-08 12:00"), ("46089.0", "2026-03-08 00:00"),
    ("43831", "2020-01-01"), ("46089.999999", "2026-03-09 00:00"), ("2026-3-8 9:05", "2026-03-08 09:05"),
    ("2026/3/8 14:05:30", "2026-03-08 14:05:30"), ("2026-03-08T14:05", "2026-03-08 14:05"), ("2024-2-29", "2024-02-29"),
  ])
  func reads(_ cell: String, _ expected: String) throws {
    let read = try SheetDate(cell: cell)
    let time = read.time.map { " \($0)" } ?? ""
    #expect("\(read.date)\(time)" == expected)
  }

  @Test(arguments: [
    "3/8/2026", "08.03.2026", "26-3-8", "2026-3", "2026/3-8", "2026-03-08Z", "昨天", "38", "4608", "460890", "46089.x",
    "2026-003-8", "2026-3-8 9", "2026-3-8 9:5:1:1", "２０２６-3-8", "-46089", "2026--8", "3月8日", "2026-3-8 ab:cd",
  ])
  func doesNotGuess(_ cell: String) {
    #expect(throws: SheetProblem.Code.malformedDate) { try SheetDate(cell: cell) }
  }

  @Test(arguments: ["2026-02-29", "2026/13/1", "20260230", "2026年0月3日", "2026-3-8 24:00", "0000-1-1"])
  func refusesWhatNoCalendarHas(_ cell: String) {
    #expect(throws: SheetProblem.Code.nonexistentDate) { try SheetDate(cell: cell) }
  }
}

@Suite struct MainlandPhoneTests {
  @Test(arguments: [
    "19900001234", "199-0000-1234", "199 0000 1234", "+86 199 0000 1234", "8619900001234", "008619900001234",
    "（+86）199-0000-1234", "１９９００００１２３４", "'19900001234", "+86-199‑0000–1234",
  ])
  func normalizes(_ cell: String) throws {
    #expect(try MainlandPhone.normalized(cell) == "+8619900001234")
  }

  @Test(arguments: [
    ("1990000123", SheetProblem.Code.malformedPhone), ("199000012345", .malformedPhone),
    ("12345678901", .malformedPhone),
    ("29900001234", .malformedPhone), ("021-60000000", .malformedPhone), ("19900001234.0", .malformedPhone),
    ("199****1234", .malformedPhone), ("=\"19900001234\"", .malformedPhone), ("无", .malformedPhone),
    ("+852 9000 1234", .foreignPhone), ("0085290001234", .foreignPhone), ("+1 650 253 0000", .foreignPhone),
    ("1.99E+10", .digitsLost), ("1.99e10", .digitsLost),
  ])
  func refuses(_ cell: String, _ code: SheetProblem.Code) {
    #expect(throws: code) { try MainlandPhone.normalized(cell) }
  }
}
