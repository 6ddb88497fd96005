/// A robot as the control API and the pages show it; never with its key.
struct RobotRecord: Codable, Sendable {
  let robot: RobotID
  let name: String
  let roomID: Room.ID
  let room: String
  let brand: String
  let state: Robot.State
  let accepted: Int
  let refused: Int
  let inWindow: Int
  let limit: Int

  enum CodingKeys: String, CodingKey {
    case robot, name, room, brand, state, accepted, refused, limit
    case roomID = "room_id"
    case inWindow = "in_window"
  }
}

/// An order to misbehave as the control API shows it.
struct FaultRecord: Codable, Sendable {
  let robot: String
  let mode: FaultMode
  let endpoint: SandboxLogEntry.Endpoint
  let probability: Double
  let left: Int?
  let hits: Int
}

/// A message as `GET /sandbox/messages` and the event stream show it.
struct MessageRecord: Codable, Sendable {
  let number: Int
  let at: Moment
  let roomID: Room.ID
  let sequence: Int
  let room: String
  let brand: String
  let robot: RobotID
  let robotName: String
  let type: String
  let content: String?
  let sha256: String?
  let mentions: [String]?

  enum CodingKeys: String, CodingKey {
    case number, at, sequence, room, brand, robot, type, content, sha256, mentions
    case roomID = "room_id"
    case robotName = "robot_name"
  }

  init(_ message: ChatMessage, in room: Room) {
    number = message.number
    at = message.at
    roomID = room.id
    sequence = message.sequence
    self.room = room.name
    brand = room.brand
    robot = message.robot
    robotName = message.robotName
    let trace = message.content.trace
    type = trace.type ?? ""
    content = trace.content
    sha256 = trace.sha256
    if case .text(_, let names) = message.content, !names.isEmpty { mentions = names } else { mentions = nil }
  }
}

/// A request that the sandbox did not accept, for the page that explains it.
struct RefusalRecord: Sendable {
  let number: Int
  let at: Moment
  let robot: String
  let room: String?
  let brand: String?
  let type: String?
  let refusal: Refusal?
  let fault: FaultMode?

  /// Whether the same robot was refused for the same reason.
  func isLike(_ other: RefusalRecord) -> Bool {
    robot == other.robot && type == other.type && refusal?.errmsg == other.refusal?.errmsg && fault == other.fault
  }
}

/// A room without its messages, as the list shows it.
struct RoomSummary: Sendable {
  let id: Room.ID
  let brand: String
  let name: String
  let colour: String
  let members: Int?
  let total: Int
  let last: ChatMessage?

  init(_ room: Room) {
    id = room.id
    brand = room.brand
    name = room.name
    colour = room.colour
    members = room.members
    total = room.total
    last = room.messages.last
  }
}

extension MessageContent {
  /// What the log and the API say about it.
  var trace: Trace {
    switch self {
    case .text(let text, _): Trace(type: "text", content: text)
    case .markdown(let text, let dialect): Trace(type: dialect.rawValue, content: text)
    case .image(let media): Trace(type: "image", sha256: media.sha256)
    case .news(let articles): Trace(type: "news", content: articles.traceText)
    case .file(let media): Trace(type: "file", content: media.name, sha256: media.sha256)
    case .voice(let media): Trace(type: "voice", content: media.name, sha256: media.sha256)
    case .card(let card): Trace(type: "template_card", content: card.traceText)
    }
  }
}

extension [NewsArticle] {
  /// The articles' words, a line each.
  var traceText: String {
    flatMap { [$0.title, $0.description, $0.url, $0.picurl] }.compactMap(\.self).joined(separator: "\n")
  }
}

extension TemplateCard {
  /// The card's words, a line each.
  var traceText: String {
    [
      source?.desc, mainTitle?.title, mainTitle?.desc, emphasisContent?.title, emphasisContent?.desc, subTitleText,
      cardAction?.url,
    ].compactMap(\.self).joined(separator: "\n")
  }
}
