/// A robot's markdown as HTML, block by block; what is no mark of its dialect stays text.
struct MarkdownPage: Sendable {
  private let inline: MarkdownInline
  private var lines: ArraySlice<Substring>

  static func html(_ text: String, dialect: MarkdownDialect, language: Language) -> HTML {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    var page = MarkdownPage(inline: MarkdownInline(dialect: dialect, language: language), lines: lines[...])
    return page.blocks()
  }

  private mutating func blocks() -> HTML {
    var html = HTML()
    while let line = lines.first {
      if line.isEmpty, !html.isEmpty {
        // Blocks have room between them already.
        lines.removeFirst()
      } else if let block = heading(line) ?? quote(line) {
        html += block
      } else if inline.dialect == .v2, let block = fence(line) ?? rule(line) ?? list(line) ?? table(line) {
        html += block
      } else {
        html += paragraph()
      }
    }
    return html
  }

  private mutating func heading(_ line: Substring) -> HTML? {
    let level = line.prefix { $0 == "#" }.count
    guard (1...6).contains(level), line.dropFirst(level).first == " " else { return nil }
    lines.removeFirst()
    let words = inline.html(line.dropFirst(level + 1))
    return level == 1
      ? "<p class=\"h1\">\(words)</p>" : level == 2 ? "<p class=\"h2\">\(words)</p>" : "<p class=\"h3\">\(words)</p>"
  }

  private mutating func quote(_ line: Substring) -> HTML? {
    guard line.hasPrefix(">") else { return nil }
    var quoted: [HTML] = []
    while let line = lines.first, line.hasPrefix(">") {
      lines.removeFirst()
      let words = line.drop { $0 == ">" }.drop { $0 == " " }
      quoted.append("\(quoted.isEmpty ? HTML() : "<br>")\(inline.html(words))")
    }
    return "<blockquote>\(quoted)</blockquote>"
  }

  private mutating func fence(_ line: Substring) -> HTML? {
    guard line.hasPrefix("```") else { return nil }
    lines.removeFirst()
    let code = lines.prefix { !$0.hasPrefix("```") }
    lines = lines.dropFirst(code.count + 1)
    return "<pre>\(code.joined(separator: "\n"))</pre>"
  }

  private mutating func rule(_ line: Substring) -> HTML? {
    guard line.count >= 3, line.allSatisfy({ $0 == "-" }) || line.allSatisfy({ $0 == "*" }) else { return nil }
    lines.removeFirst()
    return "<hr>"
  }

  private mutating func list(_ line: Substring) -> HTML? {
    guard let isOrdered = Self.item(line)?.isOrdered else { return nil }
    var items: [HTML] = []
    while let line = lines.first, let item = Self.item(line), item.isOrdered == isOrdered {
      lines.removeFirst()
      items.append("<li>\(inline.html(item.words))</li>")
    }
    return isOrdered ? "<ol>\(items)</ol>" : "<ul>\(items)</ul>"
  }

  private static func item(_ line: Substring) -> (isOrdered: Bool, words: Substring)? {
    let line = line.drop { $0 == " " }
    if line.hasPrefix("- ") || line.hasPrefix("* ") { return (false, line.dropFirst(2)) }
    let digits = line.prefix { $0.isASCII && $0.isNumber }.count
    guard (1...4).contains(digits), line.dropFirst(digits).hasPrefix(". ") else { return nil }
    return (true, line.dropFirst(digits + 2))
  }

  private mutating func table(_ line: Substring) -> HTML? {
    guard let head = Self.cells(line), let divider = lines.dropFirst().first.flatMap(Self.cells),
      divider.allSatisfy({ !$0.isEmpty && $0.allSatisfy { "-:".contains($0) } })
    else { return nil }
    lines = lines.dropFirst(2)
    var rows: [HTML] = ["<tr>\(head.map { cell -> HTML in "<th>\(inline.html(cell))</th>" })</tr>"]
    while let cells = lines.first.flatMap(Self.cells) {
      lines.removeFirst()
      rows.append("<tr>\(cells.map { cell -> HTML in "<td>\(inline.html(cell))</td>" })</tr>")
    }
    return "<div class=\"table\"><table>\(rows)</table></div>"
  }

  private static func cells(_ line: Substring) -> [String]? {
    guard line.contains("|") else { return nil }
    var cells = line.split(separator: "|", omittingEmptySubsequences: false).map { cell in
      String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    if cells.first == "" { cells.removeFirst() }
    if cells.last == "" { cells.removeLast() }
    return cells.isEmpty ? nil : cells
  }

  /// The lines up to the next block, each on its own line as chat apps keep them.
  private mutating func paragraph() -> HTML {
    var paragraph = [lines.removeFirst()]
    while let line = lines.first, !startsBlock(line) {
      paragraph.append(line)
      lines.removeFirst()
    }
    while paragraph.count > 1, paragraph.last?.isEmpty == true { paragraph.removeLast() }
    let words = paragraph.enumerated().map { index, line -> HTML in
      "\(index == 0 ? HTML() : "<br>")\(inline.html(line))"
    }
    return "<p>\(words)</p>"
  }

  private func startsBlock(_ line: Substring) -> Bool {
    var ahead = self
    return ahead.heading(line) != nil || ahead.quote(line) != nil
      || inline.dialect == .v2
        && (ahead.fence(line) != nil || ahead.rule(line) != nil || ahead.list(line) != nil || ahead.table(line) != nil)
  }
}
