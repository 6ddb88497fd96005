import Crypto
import Foundation

/// The JSON that the robot's webhook takes, with keys in a fixed order.
struct WeComRobotBody: Encodable {
  private struct Text: Encodable {
    let content: String
    let mentioned_list: [String]?
    let mentioned_mobile_list: [String]?
  }
  private struct Markdown: Encodable {
    let content: String
  }
  private struct Image: Encodable {
    let base64: String
    let md5: String
  }
  private struct News: Encodable {
    struct Article: Encodable {
      let title: String
      let description: String?
      let url: String
      let picurl: String?
    }
    let articles: [Article]
  }
  private struct File: Encodable {
    let media_id: String
  }

  private let msgtype: String
  private var text: Text?
  private var markdown: Markdown?
  private var image: Image?
  private var news: News?
  private var file: File?

  /// The body of a message; a file is named by the id that its upload gave.
  init(_ message: OutgoingMessage, mediaID: String?) {
    switch message {
    case .text(let content, let mentions):
      msgtype = "text"
      let people = mentions.userIDs + (mentions.everyone ? ["@all"] : [])
      text = Text(
        content: content, mentioned_list: people.isEmpty ? nil : people,
        mentioned_mobile_list: mentions.mobiles.isEmpty ? nil : mentions.mobiles)
    case .markdown(let content):
      msgtype = "markdown"
      markdown = Markdown(content: content)
    case .image(let bytes, _):
      msgtype = "image"
      let md5 = Insecure.MD5.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }
      image = Image(base64: Data(bytes).base64EncodedString(), md5: md5.joined())
    case .news(let articles):
      msgtype = "news"
      news = News(
        articles: articles.map { article in
          News.Article(
            title: article.title, description: article.description.isEmpty ? nil : article.description,
            url: article.url, picurl: article.pictureURL)
        })
    case .file:
      msgtype = "file"
      file = File(media_id: mediaID ?? "")
    }
  }

  /// The bytes to send.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
