import Foundation

/// A message of the robot protocol, read and within its limits.
enum RobotMessage: Sendable {
  case text(String, mentions: [String])
  case markdown(String, MarkdownDialect)
  case image(MediaReference, Data)
  case news([NewsArticle])
  case file(mediaID: String)
  case voice(mediaID: String)
  case card(TemplateCard)
}

/// One article of a news message.
struct NewsArticle: Sendable, Decodable, Equatable {
  var title: String
  var description: String?
  var url: String
  var picurl: String?
}

/// The parts of a template card that a room shows.
struct TemplateCard: Sendable, Decodable {
  struct Titles: Sendable, Decodable {
    var title: String?
    var desc: String?
  }
  struct Link: Sendable, Decodable {
    var type: Int?
    var url: String?
    var title: String?
  }
  struct Source: Sendable, Decodable {
    var desc: String?
  }
  struct Picture: Sendable, Decodable {
    var url: String?
  }

  var cardType: String
  var source: Source?
  var mainTitle: Titles?
  var emphasisContent: Titles?
  var subTitleText: String?
  var cardImage: Picture?
  var jumpList: [Link]?
  var cardAction: Link?

  enum CodingKeys: String, CodingKey {
    case source
    case cardType = "card_type"
    case mainTitle = "main_title"
    case emphasisContent = "emphasis_content"
    case subTitleText = "sub_title_text"
    case cardImage = "card_image"
    case jumpList = "jump_list"
    case cardAction = "card_action"
  }
}

/// The words and the hash by which the log tells what a message was.
struct Trace: Sendable, Equatable {
  var type: String?
  var content: String?
  var sha256: String?
}
