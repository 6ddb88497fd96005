/// Everything that the pages say.
enum Words {
  static let product = Wording(zhHans: "暖群沙箱", en: "Nuanqun sandbox")
  static let notice = Wording(
    zhHans: "沙箱 · 这里不是企业微信，消息只留在这台机器上",
    en: "Sandbox, not WeCom · messages stay on this machine")
  static let chats = Wording(zhHans: "消息", en: "Chats")
  static let robots = Wording(zhHans: "机器人", en: "Robots")
  static let robot = Wording(zhHans: "群机器人", en: "Group robot")
  static let robotTag = Wording(zhHans: "机器人", en: "Robot")
  static let search = Wording(zhHans: "搜索群聊", en: "Search rooms")
  static let clear = Wording(zhHans: "清除", en: "Clear")
  static let noRooms = Wording(zhHans: "还没有群聊", en: "No rooms yet")
  static let noRoomsHint = Wording(
    zhHans: "用 POST /sandbox/robots 建立机器人和群聊后，它们会出现在这里。",
    en: "Rooms appear here once robots are made with POST /sandbox/robots.")
  static let nothingFound = Wording(zhHans: "没有找到相关群聊", en: "No room matches")
  static let chooseRoom = Wording(zhHans: "选择一个群聊查看消息", en: "Choose a room to read its messages")
  static let noMessages = Wording(zhHans: "还没有消息", en: "No messages yet")
  static let noMessagesHint = Wording(
    zhHans: "机器人发到这个群的消息会立刻出现在这里。", en: "What a robot posts to this room appears here at once.")
  static let readOnly = Wording(
    zhHans: "群聊只接收机器人消息，不能在这里发言", en: "Rooms take robots' messages only; nothing can be typed here")
  static let earlier = Wording(zhHans: "查看更早的消息", en: "Earlier messages")
  static let latest = Wording(zhHans: "回到最新消息", en: "Back to the latest")
  static let forgotten = Wording(
    zhHans: "更早的消息已不在内存中，完整记录见日志文件", en: "Older messages have left the memory; the log file has them all")
  static let newMessages = Wording(zhHans: "有新消息", en: "New messages")
  static let back = Wording(zhHans: "返回", en: "Back")
  static let live = Wording(zhHans: "实时", en: "Live")
  static let reconnecting = Wording(zhHans: "正在重新连接…", en: "Reconnecting…")
  static let everyone = Wording(zhHans: "所有人", en: "all")
  static let image = Wording(zhHans: "[图片]", en: "[Image]")
  static let news = Wording(zhHans: "[图文]", en: "[Article]")
  static let file = Wording(zhHans: "[文件]", en: "[File]")
  static let voice = Wording(zhHans: "[语音]", en: "[Voice]")
  static let card = Wording(zhHans: "[卡片]", en: "[Card]")
  static let imageAlternative = Wording(zhHans: "机器人发送的图片", en: "Picture sent by the robot")
  static let mediaGone = Wording(zhHans: "内容已不在内存中", en: "No longer kept in memory")
  static let download = Wording(zhHans: "下载", en: "Download")
  static let voiceMessage = Wording(zhHans: "语音消息", en: "Voice message")
  static let yesterday = Wording(zhHans: "昨天", en: "Yesterday")
  static let room = Wording(zhHans: "群聊", en: "Room")
  static let brand = Wording(zhHans: "品牌", en: "Brand")
  static let state = Wording(zhHans: "状态", en: "State")
  static let window = Wording(zhHans: "当前窗口", en: "Current window")
  static let accepted = Wording(zhHans: "已接收", en: "Accepted")
  static let refused = Wording(zhHans: "已拒绝", en: "Refused")
  static let robotsTitle = Wording(zhHans: "机器人与限额", en: "Robots and limits")
  static let noRobots = Wording(zhHans: "还没有机器人", en: "No robots yet")
  static let limits = Wording(zhHans: "限额", en: "Limits")
  static let lastRefusals = Wording(zhHans: "最近被拒绝的请求", en: "Requests refused lately")
  static let noRefusals = Wording(zhHans: "还没有被拒绝的请求", en: "No request was refused yet")
  static let time = Wording(zhHans: "时间", en: "Time")
  static let type = Wording(zhHans: "类型", en: "Type")
  static let code = Wording(zhHans: "返回码", en: "Code")
  static let why = Wording(zhHans: "原因", en: "Why")
  static let noAnswer = Wording(zhHans: "无应答", en: "no answer")
  static let notReadWhole = Wording(zhHans: "请求没有读完整：连接已断开", en: "The request was not read whole: the connection ended")
  static let ordered = Wording(zhHans: "按指令制造的故障", en: "ordered fault")
  static let unknownRoom = Wording(zhHans: "未知机器人", en: "Unknown robot")
  static let notFound = Wording(zhHans: "没有这个页面", en: "There is no such page")
  static let toChats = Wording(zhHans: "回到群聊", en: "Back to the chats")
  static let zoneNote = Wording(zhHans: "时间按此时区显示：", en: "Times are shown in ")

  static let weekdays = Wording(
    zhHans: "星期日 星期一 星期二 星期三 星期四 星期五 星期六",
    en: "Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
  static let months = Wording(
    zhHans: "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月", en: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")

  /// The state of a robot.
  static func state(_ state: Robot.State) -> Wording {
    switch state {
    case .active: Wording(zhHans: "正常", en: "Active")
    case .disabled: Wording(zhHans: "已停用", en: "Disabled")
    case .removed: Wording(zhHans: "已移除", en: "Removed")
    case .notInRoom: Wording(zhHans: "不在群里", en: "Not in room")
    }
  }

  /// The limit of posting: how many in how many seconds.
  static func rate(_ limit: RateLimit) -> Wording {
    let milliseconds = limit.window.wholeMilliseconds
    let (zhHans, en) =
      milliseconds % 1000 == 0
      ? ("\(milliseconds / 1000) 秒", "\(milliseconds / 1000) s") : ("\(milliseconds) 毫秒", "\(milliseconds) ms")
    return Wording(
      zhHans: "每个机器人任意 \(zhHans)内最多 \(limit.count) 条", en: "\(limit.count) per robot within any \(en)")
  }

  /// The limits of each kind of message.
  static let messageLimits: [Wording] = [
    Wording(zhHans: "文本不超过 2048 字节", en: "Text up to 2048 bytes"),
    Wording(zhHans: "Markdown 不超过 4096 字节", en: "Markdown up to 4096 bytes"),
    Wording(zhHans: "图片 JPG/PNG 不超过 2 MB", en: "Images JPG/PNG up to 2 MB"),
    Wording(zhHans: "图文 1–8 条，标题 128 字节、描述 512 字节", en: "News with 1 to 8 articles, title 128 bytes, description 512"),
    Wording(zhHans: "文件 5 B–20 MB，media_id 三天内有效", en: "Files 5 B to 20 MB, media_id valid for three days"),
  ]

  /// How many members a room has.
  static func members(_ count: Int) -> Wording {
    Wording(zhHans: "\(count) 人", en: "\(count) members")
  }

  /// How many rooms a brand has.
  static func rooms(_ count: Int) -> Wording {
    Wording(zhHans: "\(count) 个群聊", en: count == 1 ? "1 room" : "\(count) rooms")
  }

  /// How often the same thing happened in a row.
  static func times(_ count: Int) -> Wording {
    Wording(zhHans: "共 \(count) 次", en: "\(count) times")
  }

  /// How many messages a room has not shown yet.
  static func unread(_ count: Int) -> Wording {
    Wording(zhHans: "\(count) 条未读", en: "\(count) unread")
  }
}
