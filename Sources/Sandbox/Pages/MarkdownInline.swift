/// What stands inside a line of a robot's markdown: bold, italic, code, links, the three colours, mentions.
struct MarkdownInline: Sendable {
  let dialect: MarkdownDialect
  let language: Language

  private static let colours = ["info", "comment", "warning"]
  /// Marks inside marks inside marks; beyond this they are shown as they were written.
  private static let deepest = 8

  func html(_ text: some StringProtocol, depth: Int = 0) -> HTML {
    var html = HTML()
    var rest = Substring(text)
    var plain = rest.startIndex
    var index = rest.startIndex
    while index < rest.endIndex {
      if depth < Self.deepest, let (element, next) = element(at: index, in: rest, depth: depth + 1) {
        html += .escaping(rest[plain..<index])
        html += element
        rest = rest[next...]
        plain = next
        index = next
      } else {
        index = rest.index(after: index)
      }
    }
    html += .escaping(rest[plain...])
    return html
  }

  private typealias Element = (html: HTML, next: Substring.Index)

  private func element(at index: Substring.Index, in text: Substring, depth: Int) -> Element? {
    let tail = text[index...]
    switch tail.first {
    case "`": return enclosed(tail, by: "`").map { ("<code>\(String($0.inner))</code>", $0.next) }
    case "*": return emphasis(tail, depth)
    case "[": return link(tail, depth)
    case "!": return picture(tail)
    case "<": return colour(tail, depth) ?? mention(tail)
    case "h": return bareLink(tail)
    default: return nil
    }
  }

  private func enclosed(_ tail: Substring, by mark: String) -> (inner: Substring, next: Substring.Index)? {
    guard tail.hasPrefix(mark) else { return nil }
    let inside = tail.dropFirst(mark.count)
    guard let end = inside.firstRange(of: mark), end.lowerBound > inside.startIndex else { return nil }
    return (inside[..<end.lowerBound], end.upperBound)
  }

  private func emphasis(_ tail: Substring, _ depth: Int) -> Element? {
    if let (inner, next) = enclosed(tail, by: "**") { return ("<strong>\(html(inner, depth: depth))</strong>", next) }
    guard dialect == .v2, !tail.hasPrefix("**"), let (inner, next) = enclosed(tail, by: "*") else { return nil }
    return ("<em>\(html(inner, depth: depth))</em>", next)
  }

  private func link(_ tail: Substring, _ depth: Int) -> Element? {
    guard
      let middle = tail.firstRange(of: "]("), let end = tail[middle.upperBound...].firstIndex(of: ")"),
      let link = WebLink(String(tail[middle.upperBound..<end]))
    else { return nil }
    let label = tail[tail.index(after: tail.startIndex)..<middle.lowerBound]
    // No link in a link: the label's own addresses stay text.
    return (link.html(.escaping(label)), tail.index(after: end))
  }

  private func picture(_ tail: Substring) -> Element? {
    guard dialect == .v2, tail.hasPrefix("!["), let (label, next) = link(tail.dropFirst(), 0) else { return nil }
    return ("\(language[Words.image]) \(label)", next)
  }

  private func colour(_ tail: Substring, _ depth: Int) -> Element? {
    guard dialect == .v1 else { return nil }
    for colour in Self.colours {
      for quote in ["\"", "'"] {
        let open = "<font color=\(quote)\(colour)\(quote)>"
        guard tail.hasPrefix(open) else { continue }
        let inside = tail.dropFirst(open.count)
        guard let end = inside.firstRange(of: "</font>") else { return nil }
        let inner = html(inside[..<end.lowerBound], depth: depth)
        return ("<span class=\"tone-\(colour)\">\(inner)</span>", end.upperBound)
      }
    }
    return nil
  }

  private func mention(_ tail: Substring) -> Element? {
    guard dialect == .v1, tail.hasPrefix("<@"), let end = tail.firstIndex(of: ">") else { return nil }
    let name = tail[tail.index(tail.startIndex, offsetBy: 2)..<end]
    guard (1...64).contains(name.count), !name.contains(where: \.isNewline) else { return nil }
    return (Self.mention(String(name), language), tail.index(after: end))
  }

  static func mention(_ name: String, _ language: Language) -> HTML {
    let shown = name == "@all" || name == "all" ? language[Words.everyone] : name
    return "<span class=\"mention\">@\(shown)</span>"
  }

  private func bareLink(_ tail: Substring) -> Element? {
    guard tail.hasPrefix("http://") || tail.hasPrefix("https://") else { return nil }
    let address = LinkedText.address(at: tail.startIndex, in: tail)
    return WebLink(String(address)).map { ($0.html(.escaping(address)), address.endIndex) }
  }
}
