import Channels
import Sheets

/// A channel of a brand as an agency keeps it in a spreadsheet.
struct ChannelRow: Sendable, Hashable, Codable, ImportedRow {
  let row: Int
  /// What people call it.
  let name: String
  /// Its own number of messages in a month.
  let monthlyQuota: Int?
  /// The robot; every row needs one.
  private(set) var robot: RobotAddress?

  private enum CodingKeys: String, CodingKey {
    case row, name, monthlyQuota
  }

  var secret: String? { robot?.key }

  func with(secret: String) -> ChannelRow {
    var row = self
    row.robot = RobotAddress(key: secret)
    return row
  }

  /// The account of the robot; nil when its key cannot be one.
  var account: ChannelAccount? { robot.flatMap { try? ChannelAccount.weComRobot($0.key) } }

  /// Nil when the channel has no name.
  fileprivate init?(_ cells: inout SheetCells<ChannelField>) {
    row = cells.row
    let name = cells.text(.name, most: 100)
    monthlyQuota = cells.wholeNumber(.monthlyQuota, in: 0...1_000_000)
    robot = cells.value(.robot, shown: RobotAddress.redacted) { cell throws(SheetProblem.Code) in
      try RobotAddress(cell: cell)
    }
    if (cells.cells[.robot] ?? "").isEmpty { cells.note(.required, .robot, "") }
    guard let name else {
      if (cells.cells[.name] ?? "").isEmpty { cells.note(.required, .name, "") }
      return nil
    }
    self.name = name
  }
}

/// Robots are unique within a sheet.
struct ChannelRowReader: SheetRowReader {
  private var robots = SheetUniqueness<String>()

  mutating func read(_ cells: inout SheetCells<ChannelField>) -> ChannelRow? {
    let channel = ChannelRow(&cells)
    if let robot = channel?.robot, let earlier = robots.earlierRow(with: robot.key, at: cells.row) {
      cells.note(.duplicate, .robot, RobotAddress.redacted(robot.key), firstRow: earlier)
    }
    return channel
  }
}

enum ChannelField: String, SheetField {
  case name
  case robot = "webhook"
  case monthlyQuota = "monthly_quota"

  var isID: Bool { false }

  static let needed: [ChannelField] = [.robot]

  var names: [String] {
    switch self {
    case .name: ["渠道名称", "渠道", "机器人名称", "名称", "channel name", "channel", "name"]
    case .robot: ["机器人地址", "机器人", "群机器人", "机器人webhook", "webhook地址", "webhook", "webhook url", "robot"]
    case .monthlyQuota: ["每月上限", "月配额", "每月条数", "monthly quota", "quota"]
    }
  }
}
