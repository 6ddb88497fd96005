import Crypto
import Foundation

/// A body of the send endpoint after reading: what it seems to be, and the message or why it is none.
///
/// Reading is apart from deciding: whether the robot exists comes first in the answer, but the log wants the content of
/// refused messages too.
struct IncomingMessage: Sendable {
  let trace: Trace
  let message: Result<RobotMessage, Refusal>

  init(decoding body: Data) {
    do {
      let envelope = try JSONDecoder().decode(Envelope.self, from: body)
      trace = envelope.trace
      message = envelope.message
    } catch {
      trace = Trace()
      message = .failure(Self.refusal(of: error))
    }
  }

  private static func refusal(of error: any Error) -> Refusal {
    let malformed = Refusal(.wrongMessageType, "Warning: wrong json format")
    let (path, problem): (String, String) =
      switch error {
      case DecodingError.typeMismatch(_, let context): (context.codingPath.dotted, "has the wrong type")
      case DecodingError.valueNotFound(_, let context): (context.codingPath.dotted, "is null")
      case DecodingError.keyNotFound(let key, let context): ((context.codingPath + [key]).dotted, "is missing")
      default: ("", "")
      }
    if path.isEmpty { return malformed }
    let isType = path == Envelope.CodingKeys.msgtype.rawValue
    return Refusal(isType ? .wrongMessageType : .wrongParameter, "\(path) \(problem)")
  }
}

/// The JSON around a message: `msgtype` names the one other field that counts.
private struct Envelope: Decodable {
  let trace: Trace
  let message: Result<RobotMessage, Refusal>

  enum CodingKeys: String, CodingKey {
    case msgtype, text, markdown, image, news, file, voice
    case markdownV2 = "markdown_v2"
    case templateCard = "template_card"
  }

  private struct Text: Decodable {
    var content: String?
    var mentioned_list: [String]?
    var mentioned_mobile_list: [String]?
  }
  private struct Image: Decodable {
    var base64: String
    var md5: String
  }
  private struct News: Decodable {
    var articles: [NewsArticle]?
  }
  private struct Media: Decodable {
    var media_id: String
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .msgtype)
    var trace = Trace(type: type)
    message =
      switch type {
      case "text":
        try Self.text(container.decodeIfPresent(Text.self, forKey: .text), &trace)
      case "markdown":
        try Self.markdown(container.decodeIfPresent(Text.self, forKey: .markdown), .v1, &trace)
      case "markdown_v2":
        try Self.markdown(container.decodeIfPresent(Text.self, forKey: .markdownV2), .v2, &trace)
      case "image":
        try Self.image(container.decode(Image.self, forKey: .image), &trace)
      case "news":
        try Self.news(container.decodeIfPresent(News.self, forKey: .news), &trace)
      case "file":
        .success(.file(mediaID: try container.decode(Media.self, forKey: .file).media_id))
      case "voice":
        .success(.voice(mediaID: try container.decode(Media.self, forKey: .voice).media_id))
      case "template_card":
        try Self.card(container.decode(TemplateCard.self, forKey: .templateCard), &trace)
      default:
        .failure(Refusal(.wrongMessageType))
      }
    self.trace = trace
  }

  private static func text(_ body: Text?, _ trace: inout Trace) -> Result<RobotMessage, Refusal> {
    let content = body?.content ?? ""
    trace.content = content
    let mentions = (body?.mentioned_list ?? []) + (body?.mentioned_mobile_list ?? [])
    return refusal(of: content, named: "text.content", limit: MessageLimits.text)
      .map(Result.failure) ?? .success(.text(content, mentions: mentions))
  }

  private static func markdown(
    _ body: Text?, _ dialect: MarkdownDialect, _ trace: inout Trace
  ) -> Result<RobotMessage, Refusal> {
    let content = body?.content ?? ""
    trace.content = content
    return refusal(of: content, named: "\(dialect.rawValue).content", limit: MessageLimits.markdown)
      .map(Result.failure) ?? .success(.markdown(content, dialect))
  }

  private static func image(_ body: Image, _ trace: inout Trace) -> Result<RobotMessage, Refusal> {
    guard let bytes = Data(base64Encoded: body.base64) else {
      return .failure(Refusal(.wrongParameter, "image.base64 is no base64"))
    }
    let hash = SHA256.hash(data: bytes).hex
    trace.sha256 = hash
    guard (1...MessageLimits.image).contains(bytes.count) else { return .failure(Refusal(.wrongImageSize)) }
    let kind = MediaKind(sniffing: bytes)
    guard kind.isPicture else { return .failure(Refusal(.wrongMediaKind, "image must be JPG or PNG")) }
    guard Insecure.MD5.hash(data: bytes).hex == body.md5.lowercased() else {
      return .failure(Refusal(.wrongChecksum))
    }
    return .success(.image(MediaReference(sha256: hash, name: "", size: bytes.count, kind: kind), bytes))
  }

  private static func news(_ body: News?, _ trace: inout Trace) -> Result<RobotMessage, Refusal> {
    let articles = body?.articles ?? []
    trace.content = articles.traceText
    guard !articles.isEmpty else { return .failure(Refusal(.emptyContent, "news.articles is empty")) }
    guard articles.count <= MessageLimits.articles else { return .failure(Refusal(.tooManyArticles)) }
    for (index, article) in articles.enumerated() {
      let name = "news.articles[\(index)]"
      if article.title.isEmpty { return .failure(Refusal(.wrongParameter, "\(name).title is empty")) }
      if article.url.isEmpty { return .failure(Refusal(.wrongParameter, "\(name).url is empty")) }
      if article.title.utf8.count > MessageLimits.articleTitle {
        return .failure(tooLong("\(name).title", MessageLimits.articleTitle))
      }
      if (article.description ?? "").utf8.count > MessageLimits.articleDescription {
        return .failure(tooLong("\(name).description", MessageLimits.articleDescription))
      }
    }
    return .success(.news(articles))
  }

  private static func card(_ card: TemplateCard, _ trace: inout Trace) -> Result<RobotMessage, Refusal> {
    trace.content = card.traceText
    guard ["text_notice", "news_notice"].contains(card.cardType) else {
      return .failure(Refusal(.wrongParameter, "template_card.card_type must be text_notice or news_notice"))
    }
    guard [card.mainTitle?.title, card.subTitleText].contains(where: { !($0 ?? "").isEmpty }) else {
      return .failure(Refusal(.wrongParameter, "template_card needs main_title.title or sub_title_text"))
    }
    guard card.cardAction?.type != nil else {
      return .failure(Refusal(.wrongParameter, "template_card.card_action is missing"))
    }
    return .success(.card(card))
  }

  private static func refusal(of content: String, named name: String, limit: Int) -> Refusal? {
    if content.isEmpty { return Refusal(.emptyContent) }
    return content.utf8.count > limit ? tooLong(name, limit) : nil
  }

  private static func tooLong(_ name: String, _ limit: Int) -> Refusal {
    Refusal(.wrongParameter, "\(name) exceed max length \(limit)")
  }
}

extension [any CodingKey] {
  var dotted: String {
    reduce(into: "") { path, key in
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += (path.isEmpty ? "" : ".") + key.stringValue
      }
    }
  }
}
