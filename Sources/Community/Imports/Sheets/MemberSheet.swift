public import Almanac
public import Sheets

/// The members of a brand's groups as an agency keeps them in a spreadsheet.
public struct MemberSheet: Sendable {
  /// One member.
  public struct Row: Sendable, Hashable, Codable, ImportedRow {
    /// The row as a spreadsheet numbers it.
    public let row: Int
    /// What the member is called in the group; the name where the sheet has no nickname.
    public let displayName: String
    /// The name, where the sheet has a column of its own for it.
    public let name: String?
    /// The number that the platform or the agency gives the member, unique within the sheet.
    public let externalID: String?
    /// `+86` and eleven digits, unique within the sheet.
    public let phone: String?
    /// The day of birth.
    public let birthday: CivilDate?
    /// The names of the member's groups, each once, in the sheet's order.
    public let groups: [String]
    /// When the member joined, by the clocks of the brand's zone.
    public let joined: SheetDate?
    /// Each tag once, in the sheet's order.
    public let tags: [String]
  }

  /// The rows without a problem.
  public let rows: [Row]
  /// What is wrong with the other rows, in their order.
  public let problems: [SheetProblem]
  /// How the file was written; nil for a workbook.
  public let encoding: SheetEncoding?
  /// What separates its cells.
  public let separator: SheetSeparator
  /// The header's columns that were not read.
  public let ignoredColumns: [String]

  /// Reads a file.
  ///
  /// Members are told apart by external number and phone. Rows with neither are duplicates when all else is equal: two
  /// people may well have one nickname.
  /// - Throws: `SheetError` when the file as a whole cannot be read; what is wrong with a row is in `problems`.
  public static func read(_ bytes: [UInt8], limits: SheetLimits = SheetLimits()) throws(SheetError) -> MemberSheet {
    var table = try SheetTable<MemberField>(bytes, limits: limits)
    var rows: [Row] = []
    var problems: [SheetProblem] = []
    var reader = MemberRowReader()
    while var cells = try table.next() {
      let member = reader.read(&cells)
      problems += cells.problems
      if let member, cells.problems.isEmpty { rows.append(member) }
    }
    return MemberSheet(
      rows: rows, problems: problems, encoding: table.encoding, separator: table.separator,
      ignoredColumns: table.columns.ignored)
  }
}

extension MemberSheet.Row {
  /// Nil when the member has no name; other problems leave their value out.
  fileprivate init?(_ cells: inout SheetCells<MemberField>) {
    row = cells.row
    name = cells.text(.name, most: 64)
    let nickname = cells.text(.nickname, most: 64)
    externalID = cells.text(.externalID, most: 128)
    phone = cells.value(.phone) { cell throws(SheetProblem.Code) in try MainlandPhone.normalized(cell) }
    birthday = cells.value(.birthday) { cell throws(SheetProblem.Code) in try SheetDate(cell: cell).date }
    groups = cells.list(.groups, separators: SheetLists.groups, most: 100, each: 100)
    joined = cells.value(.joined) { cell throws(SheetProblem.Code) in try SheetDate(cell: cell) }
    tags = cells.list(.tags, separators: SheetLists.tags, most: 32, each: 32)
    guard let displayName = nickname ?? name else {
      let isEmpty = [MemberField.name, .nickname].allSatisfy { (cells.cells[$0] ?? "").isEmpty }
      if isEmpty { cells.note(.required, cells.headers[.nickname] == nil ? .name : .nickname, "") }
      return nil
    }
    self.displayName = displayName
  }
}

/// Tells rows apart by what has been seen of a sheet's members so far.
struct MemberRowReader: SheetRowReader {
  private struct Nameless: Hashable {
    let names: [String?]
    let birthday: CivilDate?
    let groups: [String]
    let joined: SheetDate?
  }

  private var numbers = SheetUniqueness<String>()
  private var phones = SheetUniqueness<String>()
  private var others = SheetUniqueness<Nameless>()

  mutating func read(_ cells: inout SheetCells<MemberField>) -> MemberSheet.Row? {
    let member = MemberSheet.Row(&cells)
    if let member { note(member, in: &cells) }
    return member
  }

  private mutating func note(_ member: MemberSheet.Row, in cells: inout SheetCells<MemberField>) {
    if let number = member.externalID, let earlier = numbers.earlierRow(with: number, at: member.row) {
      cells.note(.duplicate, .externalID, number, firstRow: earlier)
    }
    if let phone = member.phone, let earlier = phones.earlierRow(with: phone, at: member.row) {
      cells.note(.duplicate, .phone, phone, firstRow: earlier)
    }
    // A cell that was refused is no sign that two rows are the same.
    guard member.externalID == nil, member.phone == nil, cells.problems.isEmpty else { return }
    let rest = Nameless(
      names: [member.displayName, member.name], birthday: member.birthday, groups: member.groups,
      joined: member.joined)
    if let earlier = others.earlierRow(with: rest, at: member.row) {
      cells.note(.duplicate, cells.headers[.nickname] == nil ? .name : .nickname, member.displayName, firstRow: earlier)
    }
  }
}

enum MemberField: String, SheetField {
  case name, nickname, phone, birthday, groups, joined, tags
  case externalID = "external_id"

  var isID: Bool { self == .externalID }

  static let needed: [MemberField] = [.nickname, .name]

  var names: [String] {
    switch self {
    case .name: ["姓名", "名字", "客户姓名", "会员姓名", "真实姓名", "name", "full name", "real name"]
    case .nickname: ["昵称", "群昵称", "微信昵称", "会员昵称", "nickname", "nick name", "display name"]
    case .externalID: ["外部ID", "会员编号", "会员ID", "客户ID", "用户ID", "external id", "external userid", "member id"]
    case .phone: ["手机号", "手机", "手机号码", "联系电话", "电话", "phone", "mobile", "phone number"]
    case .birthday: ["生日", "出生日期", "出生年月日", "birthday", "date of birth", "birth date"]
    case .groups: ["所在群", "所在社群", "群名称", "群名", "所属群", "社群", "groups", "group", "group name"]
    case .joined: ["入群时间", "入群日期", "加入时间", "进群时间", "joined", "joined at", "join date", "join time"]
    case .tags: ["标签", "会员标签", "客户标签", "tags", "tag", "labels"]
    }
  }
}
