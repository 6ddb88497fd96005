import Foundation

/// One message of a conversation.
struct Bubble: Sendable {
  let language: Language

  func html(_ message: ChatMessage, time: ChatTime) -> HTML {
    """
    <li class="message" id="m\(message.number)" data-number="\(message.number)">\(Avatar.robot(colour: message.robotColour))\
    <div class="body"><p class="author"><bdi>\(message.robotName)</bdi><span class="tag">\(language[Words.robotTag])</span>\
    <time datetime="\(message.at.description)">\(time.precise(message.at))</time></p>\(content(message.content))</div></li>
    """
  }

  /// One line for the list of rooms.
  func preview(_ content: MessageContent) -> String {
    switch content {
    case .text(let text, _): Self.firstWords(text)
    case .markdown(let text, _): Self.firstWords(Self.withoutMarks(text))
    case .image: language[Words.image]
    case .news(let articles): "\(language[Words.news]) \(articles.first?.title ?? "")"
    case .file(let media): "\(language[Words.file]) \(media.name)"
    case .voice: language[Words.voice]
    case .card(let card): "\(language[Words.card]) \(card.mainTitle?.title ?? card.subTitleText ?? "")"
    }
  }

  private func content(_ content: MessageContent) -> HTML {
    switch content {
    case .text(let text, let mentions): words(text, mentions)
    case .markdown(let text, let dialect):
      "<div class=\"bubble markdown\">\(MarkdownPage.html(text, dialect: dialect, language: language))</div>"
    case .image(let media): image(media)
    case .news(let articles): news(articles)
    case .file(let media): file(media, Self.size(media.size))
    case .voice(let media): file(media, language[Words.voiceMessage])
    case .card(let card): self.card(card)
    }
  }

  private func words(_ text: String, _ mentions: [String]) -> HTML {
    let named = mentions.map { name -> HTML in "\(MarkdownInline.mention(name, language)) " }
    return "<div class=\"bubble text\">\(LinkedText.html(text))\(named.isEmpty ? HTML() : "<br>\(named)")</div>"
  }

  private func image(_ media: MediaReference) -> HTML {
    """
    <a class="picture" href="/media/\(media.sha256)"><img src="/media/\(media.sha256)" \
    alt="\(language[Words.imageAlternative])" loading="lazy"></a>
    """
  }

  private func news(_ articles: [NewsArticle]) -> HTML {
    guard let first = articles.first else { return HTML() }
    if articles.count == 1 {
      return "<div class=\"bubble card\">\(single(first))</div>"
    }
    let rows = articles.dropFirst().map { article in
      let cover = Cover.html(article.picurl, title: article.title, isLarge: false)
      return linked(article.url, class: "row", "<span class=\"row-title\">\(article.title)</span>\(cover)")
    }
    let lead = linked(
      first.url, class: "lead",
      "\(Cover.html(first.picurl, title: first.title, isLarge: true))<span class=\"lead-title\">\(first.title)</span>")
    return "<div class=\"bubble card\">\(lead)\(rows)</div>"
  }

  private func single(_ article: NewsArticle) -> HTML {
    let description = article.description.flatMap { $0.isEmpty ? nil : $0 }
    return linked(
      article.url, class: "single",
      """
      \(Cover.html(article.picurl, title: article.title, isLarge: true))<span class="card-title">\(article.title)</span>\
      \(description.map { text -> HTML in "<span class=\"card-text\">\(text)</span>" })
      """)
  }

  private func card(_ card: TemplateCard) -> HTML {
    func part(_ text: String?, _ style: StaticString) -> HTML? {
      text.flatMap { text -> HTML? in text.isEmpty ? nil : "<span class=\"\("\(style)")\">\(text)</span>" }
    }
    let picture = card.cardType == "news_notice" ? Cover.html(card.cardImage?.url, title: "", isLarge: true) : HTML()
    let inside: HTML = """
      \(part(card.source?.desc, "card-source"))\(picture)\(part(card.mainTitle?.title, "card-title"))\
      \(part(card.mainTitle?.desc, "card-text"))\(part(card.emphasisContent?.title, "card-emphasis"))\
      \(part(card.emphasisContent?.desc, "card-text centred"))\(part(card.subTitleText, "card-text"))
      """
    return "<div class=\"bubble card\">\(linked(card.cardAction?.url ?? "", class: "single", inside))</div>"
  }

  private func linked(_ address: String, class style: String, _ inside: HTML) -> HTML {
    WebLink(address).map { $0.html(inside, class: style) } ?? "<div class=\"\(style)\">\(inside)</div>"
  }

  private func file(_ media: MediaReference, _ note: String) -> HTML {
    """
    <a class="bubble file" href="/media/\(media.sha256)?name=\(media.name.percentEncoded)" download>\
    <span class="file-words"><span class="file-name"><bdi>\(media.name)</bdi></span>\
    <span class="file-note">\(note) · \(language[Words.download])</span></span>\(Self.sheet(media.name))</a>
    """
  }

  private static func sheet(_ name: String) -> HTML {
    let ending = name.split(separator: ".").count > 1 ? String(name.split(separator: ".").last ?? "") : ""
    let shown = (1...4).contains(ending.count) ? ending.uppercased() : ""
    return """
      <svg class="sheet" viewBox="0 0 34 40" aria-hidden="true"><path d="M3 0h20l11 11v26a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 \
      3 0 0 1 3-3z" fill="\(Palette.colour(for: ending))"/><path d="M23 0l11 11H25a2 2 0 0 1-2-2z" fill="#fff" \
      opacity=".45"/><text x="17" y="29" text-anchor="middle" font-size="9" font-weight="600" fill="#fff">\(shown)</text></svg>
      """
  }

  static func size(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(bytes) B" }
    let kilobytes = Double(bytes) / 1024
    return kilobytes < 1024
      ? String(format: "%.1f KB", kilobytes) : String(format: "%.1f MB", kilobytes / 1024)
  }

  private static func firstWords(_ text: String) -> String {
    String(text.prefix(80)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func withoutMarks(_ text: String) -> String {
    text.replacing(#/<font color=["'](info|comment|warning)["']>|<\/font>/#, with: "")
      .replacing(#/\[([^\]\n]*)\]\([^)\n]*\)/#) { $0.output.1 }
      .filter { !"#*>`".contains($0) }
  }
}

extension String {
  /// The text as one value of a query.
  var percentEncoded: String {
    addingPercentEncoding(withAllowedCharacters: .alphanumerics.intersection(.init(charactersIn: "!"..."~"))) ?? ""
  }
}
