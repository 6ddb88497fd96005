/// Plain text with its web addresses made into links.
enum LinkedText {
  static func html(_ text: some StringProtocol) -> HTML {
    var html = HTML()
    var rest = Substring(text)
    while let start = firstAddress(in: rest) {
      html += .escaping(rest[..<start])
      let address = address(at: start, in: rest)
      html += WebLink(String(address)).map { $0.html(.escaping(address)) } ?? .escaping(address)
      rest = rest[address.endIndex...]
    }
    html += .escaping(rest)
    return html
  }

  private static func firstAddress(in text: Substring) -> Substring.Index? {
    let starts = ["http://", "https://"].compactMap { text.firstRange(of: $0)?.lowerBound }
    return starts.min()
  }

  /// The address that begins here: it runs on as long as characters may stand in one, without the punctuation that ends
  /// the sentence around it.
  static func address(at start: Substring.Index, in text: Substring) -> Substring {
    let forbidden: Set<Character> = ["<", ">", "\"", "'", "{", "}", "|", "\\", "^", "`"]
    let end = text[start...].firstIndex { !$0.isASCII || $0.isWhitespace || forbidden.contains($0) } ?? text.endIndex
    var address = text[start..<end]
    while let last = address.last, ".,;:!?)]*".contains(last) {
      if last == ")", address.contains("(") { break }
      address.removeLast()
    }
    return address
  }
}
