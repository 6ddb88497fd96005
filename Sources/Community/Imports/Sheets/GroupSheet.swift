public import Sheets

/// The groups of a brand as an agency keeps them in a spreadsheet.
public struct GroupSheet: Sendable {
  /// One group.
  public struct Row: Sendable, Hashable, Codable {
    /// The row as a spreadsheet numbers it.
    public let row: Int
    /// The group's name, unique within the sheet.
    public let name: String
    /// The platform's or the agency's own number of the group, unique within the sheet.
    public let externalID: String?
    /// Where its members live.
    public let region: String?
    /// What the group is for, in the agency's words.
    public let kind: String?
    /// Each tag once, in the sheet's order.
    public let tags: [String]
    /// The person who owns the group on the platform.
    public let owner: String?
    /// How many members it may have, 1 to 5,000.
    public let capacity: Int?
    /// The robot that posts into it.
    public internal(set) var robot: RobotAddress?

    private enum CodingKeys: String, CodingKey {
      case row, name, externalID, region, kind, tags, owner, capacity
    }
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
  /// - Throws: `SheetError` when the file as a whole cannot be read; what is wrong with a row is in `problems`.
  public static func read(_ bytes: [UInt8], limits: SheetLimits = SheetLimits()) throws(SheetError) -> GroupSheet {
    var table = try SheetTable<GroupField>(bytes, limits: limits)
    var rows: [Row] = []
    var problems: [SheetProblem] = []
    var reader = GroupRowReader()
    while var cells = try table.next() {
      let group = reader.read(&cells)
      problems += cells.problems
      if let group, cells.problems.isEmpty { rows.append(group) }
    }
    return GroupSheet(
      rows: rows, problems: problems, encoding: table.encoding, separator: table.separator,
      ignoredColumns: table.columns.ignored)
  }
}

extension GroupSheet.Row {
  /// Nil when the group has no name; other problems leave their value out.
  fileprivate init?(_ cells: inout SheetCells<GroupField>) {
    row = cells.row
    let name = cells.text(.name, most: 100)
    externalID = cells.text(.externalID, most: 128)
    region = cells.text(.region, most: 64)
    kind = cells.text(.kind, most: 64)
    tags = cells.list(.tags, separators: SheetLists.tags, most: 32, each: 32)
    owner = cells.text(.owner, most: 64)
    capacity = cells.wholeNumber(.capacity, in: 1...5000)
    robot = cells.value(.robot, shown: RobotAddress.redacted) { cell throws(SheetProblem.Code) in
      try RobotAddress(cell: cell)
    }
    guard let name else {
      if (cells.cells[.name] ?? "").isEmpty { cells.note(.required, .name, "") }
      return nil
    }
    self.name = name
  }
}

extension GroupSheet.Row: ImportedRow {
  var secret: String? { robot?.key }

  func with(secret: String) -> GroupSheet.Row {
    var row = self
    row.robot = RobotAddress(key: secret)
    return row
  }
}

/// Names and numbers of groups are unique within a sheet.
struct GroupRowReader: SheetRowReader {
  private var names = SheetUniqueness<String>()
  private var numbers = SheetUniqueness<String>()

  mutating func read(_ cells: inout SheetCells<GroupField>) -> GroupSheet.Row? {
    let group = GroupSheet.Row(&cells)
    if let name = group?.name, let earlier = names.earlierRow(with: name, at: cells.row) {
      cells.note(.duplicate, .name, name, firstRow: earlier)
    }
    if let number = group?.externalID, let earlier = numbers.earlierRow(with: number, at: cells.row) {
      cells.note(.duplicate, .externalID, number, firstRow: earlier)
    }
    return group
  }
}

enum GroupField: String, SheetField {
  case name, region, kind, tags, owner, capacity, robot
  case externalID = "external_id"

  var isID: Bool { self == .externalID }

  static let needed: [GroupField] = [.name]

  var names: [String] {
    switch self {
    case .name: ["群名称", "群名", "社群名称", "社群名", "社群", "群聊名称", "微信群名称", "group name", "group", "name"]
    case .externalID: ["群ID", "群编号", "社群ID", "外部ID", "chat id", "group id", "external id"]
    case .region: ["地区", "区域", "城市", "所在地区", "所属区域", "region", "area", "city"]
    case .kind: ["类型", "群类型", "社群类型", "群定位", "定位", "kind", "type", "group type"]
    case .tags: ["标签", "群标签", "社群标签", "tags", "tag", "labels"]
    case .owner: ["群主", "群主姓名", "负责人", "owner", "group owner"]
    case .capacity: ["容量", "群容量", "人数上限", "群人数上限", "最大人数", "capacity", "max members"]
    case .robot: ["机器人地址", "机器人", "群机器人", "机器人webhook", "webhook地址", "webhook", "webhook url", "robot"]
    }
  }
}

enum SheetLists {
  static let tags: Set<Character> = [";", "；", "、", ",", "，", "|", "\n", "\r\n", "\r"]
  /// Without commas: they stand in names of groups.
  static let groups: Set<Character> = [";", "；", "、", "|", "\n", "\r\n", "\r"]
}
