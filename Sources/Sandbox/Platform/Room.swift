import Foundation

/// A chat room with the last messages that its robots posted.
struct Room: Sendable, Identifiable {
  typealias ID = Int

  let id: ID
  let brand: String
  let name: String
  var colour: String
  var members: Int?
  private(set) var messages: [ChatMessage] = []
  /// How many messages were ever posted; also the sequence of the last one.
  private(set) var total = 0

  init(id: ID, brand: String, name: String, colour: String, members: Int?) {
    self.id = id
    self.brand = brand
    self.name = name
    self.colour = colour
    self.members = members
  }

  /// Adds a message and gives it its place in the room.
  mutating func post(_ message: ChatMessage, keeping limit: Int) -> ChatMessage {
    total += 1
    var message = message
    message.sequence = total
    messages.append(message)
    if messages.count > limit { messages.removeFirst(messages.count - limit) }
    return message
  }
}

/// A message as it stands in a room.
struct ChatMessage: Sendable {
  /// The message's number in the log; unique over all rooms and rising.
  let number: Int
  /// Its place in its room, from 1.
  var sequence = 0
  let at: Moment
  let robot: RobotID
  let robotName: String
  let robotColour: String
  let room: Room.ID
  let content: MessageContent
}

/// What a room shows: an accepted message with its media resolved.
enum MessageContent: Sendable {
  case text(String, mentions: [String])
  case markdown(String, MarkdownDialect)
  case image(MediaReference)
  case news([NewsArticle])
  case file(MediaReference)
  case voice(MediaReference)
  case card(TemplateCard)
}

/// The two flavours of markdown that robots may send.
enum MarkdownDialect: String, Sendable {
  case v1 = "markdown"
  case v2 = "markdown_v2"
}
