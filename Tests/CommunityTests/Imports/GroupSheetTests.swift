import Community
import TestSupport
import Sheets
import Testing

@Suite struct GroupSheetTests {
  private let key = "0c5a1e0e-0000-4000-8000-000000000001"

  private func read(_ text: String, as form: FileForm = .utf8) throws -> GroupSheet {
    try GroupSheet.read(form.bytes(text))
  }

  private func codes(_ sheet: GroupSheet) -> [String] {
    sheet.problems.map { "\($0.row) \($0.column) \($0.code.rawValue)" }
  }

  @Test(arguments: FileForm.allCases)
  func readsAChineseSheet(_ form: FileForm) throws {
    let sheet = try read(
      """
      群名称,地区,类型,标签,群主,容量,机器人地址,备注
      团团妈妈·浦东1群,上海浦东,福利群,"0-1岁、新手妈妈;0-1岁",周敏,500,https://example.com/cgi-bin/webhook/send?key=\(key),"两行
      备注"

      团团妈妈·闵行1群,,,,,,,
      """, as: form)
    #expect(sheet.problems.isEmpty)
    #expect(sheet.ignoredColumns == ["备注"])
    let first = try #require(sheet.rows.first)
    #expect(first.name == "团团妈妈·浦东1群")
    #expect(first.region == "上海浦东")
    #expect(first.kind == "福利群")
    #expect(first.tags == ["0-1岁", "新手妈妈"])
    #expect(first.owner == "周敏")
    #expect(first.capacity == 500)
    #expect(first.robot?.key == key)
    #expect(first.robot?.base == "https://example.com/cgi-bin/webhook/send")
    let last = try #require(sheet.rows.last)
    #expect((last.row, last.name, last.capacity, last.tags) == (4, "团团妈妈·闵行1群", nil, []))
  }

  @Test(arguments: [
    "Group Name;Region;Capacity\n浦东1群;上海;500\n", "* 群名（必填）\t区域\t群容量\n浦东1群\t上海\t500\n",
    "\n\ngroup_name,CITY,max members\n浦东1群,上海,500\n",
  ])
  func findsColumnsAndSeparatorByTheHeader(_ text: String) throws {
    let sheet = try read(text)
    #expect(sheet.rows.map(\.name) == ["浦东1群"])
    #expect(sheet.rows.map(\.region) == ["上海"])
    #expect(sheet.rows.map(\.capacity) == [500])
  }

  @Test func saysWhatIsWrongWithEachRowAndKeepsTheOthers() throws {
    let sheet = try read(
      """
      群名,容量,群主,机器人
      一群,500,周敏,
      ,500,周敏,
      二群,很多,周敏,
      三群,0,周敏,
      一群,500,周敏,
      四群,500,周敏,http://example.com/no-key
      五群,500,周"敏,
      六群,500,周敏,,多余
      "七
      群",500,周敏,
      八群,500
      \(String(repeating: "长", count: 101)),5.5,,
      """)
    #expect(sheet.rows.map(\.name) == ["一群", "八群"])
    #expect(
      codes(sheet) == [
        "3 群名 required", "4 容量 malformed_number", "5 容量 out_of_range", "6 群名 duplicate",
        "7 机器人 malformed_robot", "8 群主 stray_quote", "9  extra_cells", "10 群名 control_character",
        "12 群名 too_long", "12 容量 malformed_number",
      ])
    #expect(sheet.problems.first { $0.code == .duplicate }?.firstRow == 2)
    #expect(sheet.problems.first { $0.code == .malformedNumber }?.value == "很多")
    #expect(sheet.problems.last { $0.code == .tooLong }?.value == String(repeating: "长", count: 40) + "…")
  }

  @Test func formulasAreText() throws {
    let sheet = try read("群名,地区\n\"=cmd|'/c calc'!A0\",@SUM(A1)\n+1群,-2\n")
    #expect(sheet.rows.map(\.name) == ["=cmd|'/c calc'!A0", "+1群"])
    #expect(sheet.rows.map(\.region) == ["@SUM(A1)", "-2"])
  }

  @Test func noKeyIsShownAnywhere() throws {
    let address = "https://example.com/cgi-bin/webhook/send?key=\(key)"
    let sheet = try read(
      """
      群名,容量,群主,机器人
      一群,500,周敏,\(address)
      二群,\(address),周敏,
      三群,500,周敏,\(address)#x
      四群,500,周敏,"\(address)"x
      五群,500,周敏,,\(address)
      六群,500,周敏,\(key)!
      """)
    #expect(sheet.rows.count == 1)
    #expect(sheet.problems.count >= 5)
    var dumped = ""
    dump(sheet, to: &dumped)
    #expect(!"\(sheet) \(String(reflecting: sheet)) \(dumped)".contains(key))
    #expect(sheet.rows.first?.robot?.key == key)
  }

  @Test(arguments: [
    ("", "empty"), ("\n \n\r\n", "empty"), ("地区,容量\n上海,500\n", "missing_column"),
    ("群名,社群名称\n一群,二群\n", "repeated_column"), ("群名,地区\n\"一群,上海\n", "unterminated_quote"),
  ])
  func refusesAFileThatCannotBeRead(_ text: String, _ code: String) {
    let error = #expect(throws: SheetError.self) { try read(text) }
    #expect(error?.code == code)
  }

  @Test func refusesWhatIsTooLarge() {
    let bytes = FileForm.utf8.bytes("群名\n一群\n二群\n三群\n")
    #expect(throws: SheetError.tooLarge(bytes: bytes.count, limit: 8)) {
      try GroupSheet.read(bytes, limits: SheetLimits(bytes: 8))
    }
    #expect(throws: SheetError.tooManyRows(limit: 2)) { try GroupSheet.read(bytes, limits: SheetLimits(rows: 2)) }
    #expect(throws: Never.self) { try GroupSheet.read(bytes, limits: SheetLimits(bytes: bytes.count, rows: 3)) }
  }
}
