import Foundation

/// What the robot's webhook takes, as WeCom documents it; all sizes in bytes, text as UTF-8.
public struct WeComRobotLimits: Sendable, Hashable {
  /// The longest text.
  public var text = 2048
  /// The longest Markdown text.
  public var markdown = 4096
  /// The largest picture, before it is encoded.
  public var image = 2 << 20
  /// The most articles of a news message.
  public var articles = 8
  /// The longest title of an article; WeCom would cut a longer one silently.
  public var articleTitle = 128
  /// The longest description of an article; WeCom would cut a longer one silently.
  public var articleDescription = 512
  /// The sizes of a file.
  public var file = 5...(20 << 20)

  /// The documented limits.
  public init() {}

  func problems(with message: OutgoingMessage) -> [MessageProblem] {
    switch message {
    case .text(let content, _): problems(text: content, limit: text, field: "/text")
    case .markdown(let content): problems(text: content, limit: markdown, field: "/markdown")
    case .image(let bytes, let format): problems(image: bytes, format: format)
    case .news(let articles): problems(articles: articles)
    case .file(let name, let bytes): problems(fileName: name, bytes: bytes)
    }
  }

  private func problems(text: String, limit: Int, field: String, mayBeEmpty: Bool = false) -> [MessageProblem] {
    let size = text.utf8.count
    if size > limit { return [MessageProblem(field: field, rule: .tooManyBytes(limit: limit, actual: size))] }
    if !mayBeEmpty, text.allSatisfy(\.isWhitespace) { return [MessageProblem(field: field, rule: .empty)] }
    return []
  }

  private func problems(image bytes: [UInt8], format: ImageFormat) -> [MessageProblem] {
    guard !bytes.isEmpty else { return [MessageProblem(field: "/image", rule: .empty)] }
    var rules: [MessageRule] = []
    if bytes.count > image { rules.append(.tooManyBytes(limit: image, actual: bytes.count)) }
    if let actual = ImageFormat(bytes: bytes) {
      if actual != format { rules.append(.imageFormatDiffers(actual: actual)) }
    } else {
      rules.append(.unknownImageFormat)
    }
    return rules.map { MessageProblem(field: "/image", rule: $0) }
  }

  private func problems(articles list: [NewsArticle]) -> [MessageProblem] {
    guard !list.isEmpty else { return [MessageProblem(field: "/articles", rule: .empty)] }
    var problems: [MessageProblem] = []
    if list.count > articles {
      problems.append(
        MessageProblem(field: "/articles", rule: .tooManyItems(limit: articles, actual: list.count)))
    }
    for (index, article) in list.enumerated() {
      let field = "/articles/\(index)"
      problems += self.problems(text: article.title, limit: articleTitle, field: "\(field)/title")
      problems += self.problems(
        text: article.description, limit: articleDescription, field: "\(field)/description", mayBeEmpty: true)
      problems += self.problems(link: article.url, field: "\(field)/url")
      if let picture = article.pictureURL {
        problems += self.problems(link: picture, field: "\(field)/picture_url")
      }
    }
    return problems
  }

  private func problems(link: String, field: String) -> [MessageProblem] {
    if link.isEmpty { return [MessageProblem(field: field, rule: .empty)] }
    let isBad = link.unicodeScalars.contains { $0.properties.isWhitespace || $0.properties.generalCategory == .control }
    return isBad ? [MessageProblem(field: field, rule: .badCharacter)] : []
  }

  private func problems(fileName name: String, bytes: [UInt8]) -> [MessageProblem] {
    var problems: [MessageProblem] = []
    if name.allSatisfy(\.isWhitespace) {
      problems.append(MessageProblem(field: "/file/name", rule: .empty))
    } else if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      problems.append(MessageProblem(field: "/file/name", rule: .badCharacter))
    }
    if bytes.count < file.lowerBound {
      problems.append(
        MessageProblem(field: "/file", rule: .tooFewBytes(limit: file.lowerBound, actual: bytes.count)))
    } else if bytes.count > file.upperBound {
      problems.append(
        MessageProblem(field: "/file", rule: .tooManyBytes(limit: file.upperBound, actual: bytes.count)))
    }
    return problems
  }
}
