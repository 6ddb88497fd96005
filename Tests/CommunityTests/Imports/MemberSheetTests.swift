import Almanac
import Community
import TestSupport
import Testing

@Suite struct MemberSheetTests {
  private func read(_ text: String, as form: FileForm = .utf8) throws -> MemberSheet {
    try MemberSheet.read(form.bytes(text))
  }

  @Test(arguments: FileForm.allCases)
  func readsAChineseSheet(_ form: FileForm) throws {
    let sheet = try read(
      """
      外部ID,昵称,姓名,手机号,生日,所在群,入群时间,标签
      wm001,辰辰妈-浦东-2岁,李晓,199-0000-0001,1990/3/8,浦东1群；浦东2群,2026-1-5 20:31,新手妈妈
      wm002,🌸花花,,,,"浦东1群
      闵行1群",46027,
      """, as: form)
    #expect(sheet.problems.isEmpty)
    let first = try #require(sheet.rows.first)
    #expect((first.displayName, first.name, first.externalID) == ("辰辰妈-浦东-2岁", "李晓", "wm001"))
    #expect(first.phone == "+8619900000001")
    #expect(first.birthday?.description == "1990-03-08")
    #expect(first.groups == ["浦东1群", "浦东2群"])
    #expect(first.joined?.date.description == "2026-01-05")
    #expect(first.joined?.time?.description == "20:31")
    #expect(first.tags == ["新手妈妈"])
    let second = try #require(sheet.rows.last)
    #expect((second.displayName, second.name, second.phone) == ("🌸花花", nil, nil))
    #expect(second.groups == ["浦东1群", "闵行1群"])
    #expect(second.joined?.date.description == "2026-01-05")
  }

  @Test func theNameServesWhereThereIsNoNickname() throws {
    let sheet = try read("name,mobile,groups\n李晓,19900000001,A;B\n")
    #expect(sheet.rows.map(\.displayName) == ["李晓"])
    #expect(sheet.rows.map(\.groups) == [["A", "B"]])
  }

  @Test func saysWhatIsWrongWithEachRow() throws {
    let sheet = try read(
      """
      昵称,手机号,生日,入群时间
      甲,1.99E+10,,
      乙,+852 9000 1234,,
      丙,,3/8/1990,
      丁,,1990-02-30,
      ,19900000001,,
      戊,19900000002,1990-03-08,昨天
      己,19900000003,,
      """)
    #expect(sheet.rows.map(\.displayName) == ["己"])
    #expect(
      sheet.problems.map { "\($0.row) \($0.column) \($0.code.rawValue) \($0.value)" } == [
        "2 手机号 digits_lost 1.99E+10", "3 手机号 foreign_phone +852 9000 1234", "4 生日 malformed_date 3/8/1990",
        "5 生日 nonexistent_date 1990-02-30", "6 昵称 required ", "7 入群时间 malformed_date 昨天",
      ])
  }

  @Test func duplicatesNameTheRowThatCameFirst() throws {
    let sheet = try read(
      """
      外部ID,昵称,手机号,所在群
      wm1,甲,19900000001,一群
      wm1,乙,19900000002,一群
      ,丙,+86 199 0000 0001,一群
      ,豆豆妈,,一群
      ,豆豆妈,,二群
      ,豆豆妈,,一群
      """)
    #expect(sheet.rows.map(\.row) == [2, 5, 6])
    #expect(
      sheet.problems.map { "\($0.row) \($0.column) \($0.code.rawValue) \($0.firstRow ?? 0)" } == [
        "3 外部ID duplicate 2", "4 手机号 duplicate 2", "7 昵称 duplicate 5",
      ])
  }

  /// The law: every row is either among the rows or has a problem, whatever stands in it.
  @Test func noRowIsLostSilently() throws {
    var random = TableRandom()
    let cells = [
      "", " ", "甲", "豆豆妈", "19900000001", "1.99E+10", "1990-03-08", "3/8/90", "46089", "一群;二群", "=1+1", "\u{301}x",
      "a\nb",
      "wm1", "wm2", "\"", "😀",
    ]
    let header = ["外部ID", "昵称", "手机号", "生日", "所在群", "入群时间", "标签"]
    for _ in 0..<200 {
      let rows = (0..<random.number(0...30)).map { _ in
        (0..<header.count + random.number(-2...1)).map { _ in random.pick(cells) }
      }
      let form = random.pick(FileForm.allCases)
      let text = separated([header] + rows, by: ";", lineBreak: "\n") { _ in true }
      let sheet = try read(text, as: form)
      let filled = rows.enumerated().filter { !$1.allSatisfy { $0.allSatisfy(\.isWhitespace) } }.map { $0.offset + 2 }
      let accounted = Set(sheet.rows.map(\.row)).union(sheet.problems.map(\.row))
      try #require(accounted == Set(filled), "\(random)")
      try #require(Set(sheet.rows.map(\.row)).isDisjoint(with: sheet.problems.map(\.row)), "\(random)")
    }
  }

  @Test(arguments: [FileForm.utf8WithMark, .gb18030])
  func readsTwentyThousandRows(_ form: FileForm) throws {
    let lines = (0..<20_000).map { number in
      let digits = String(number)
      let phone = "1990" + String(repeating: "0", count: 7 - digits.count) + digits
      return "wm\(number),\"豆豆妈-\(number)\n浦东\",\(phone),1990-03-08,浦东\(number % 60)群;闵行1群,2026/1/5"
    }
    let sheet = try read("外部ID,姓名,手机号,生日,所在群,入群时间\n" + lines.joined(separator: "\r\n"), as: form)
    // A line break within a name is a problem, so that this also counts problems by the thousand.
    #expect(sheet.rows.isEmpty)
    #expect(sheet.problems.count == 20_000)
    let sound = lines.map { $0.replacing("\n", with: "-") }.joined(separator: "\r\n")
    let read = try read("外部ID,姓名,手机号,生日,所在群,入群时间\n" + sound, as: form)
    #expect(read.problems.isEmpty)
    #expect(read.rows.count == 20_000)
    #expect(read.rows.last?.displayName == "豆豆妈-19999-浦东")
    #expect(read.rows.last?.phone == "+8619900019999")
    #expect(read.rows.last?.groups == ["浦东19群", "闵行1群"])
  }
}
