import Foundation

/// A Swift source, with its text sorted into code and comments.
struct SourceFile {
  struct Line {
    let number: Int
    /// The line without comments, and with nothing between the quotes of its strings.
    var code: String
    var comment: String
  }

  let path: String
  let module: String
  let lines: [Line]

  init(path: String, module: String, text: String) {
    self.path = path
    self.module = module
    var sorter = SourceSorter(text)
    lines = sorter.sorted()
  }
}

/// Tells code from comments and from the insides of strings.
///
/// Byte by byte, as it reads every source: characters would take seconds.
private struct SourceSorter {
  private enum State {
    case code
    case lineComment
    case blockComment(depth: Int)
    case string(end: [UInt8], spansLines: Bool, escape: [UInt8])
  }

  private let text: [UInt8]
  private var position = 0
  private var state = State.code
  private var code: [UInt8] = []
  private var comment: [UInt8] = []
  private var lines: [SourceFile.Line] = []

  init(_ text: String) {
    self.text = Array(text.utf8)
  }

  mutating func sorted() -> [SourceFile.Line] {
    while position < text.count {
      if text[position] == UInt8(ascii: "\n") {
        endLine()
      } else {
        step()
      }
    }
    endLine()
    return lines
  }

  private mutating func endLine() {
    let number = lines.count + 1
    lines.append(
      SourceFile.Line(
        number: number, code: String(decoding: code, as: UTF8.self), comment: String(decoding: comment, as: UTF8.self)))
    code.removeAll()
    comment.removeAll()
    position += 1
    switch state {
    case .lineComment: state = .code
    // A literal that has no end on its line has been misread; what follows must not be.
    case .string(_, spansLines: false, _): state = .code
    default: break
    }
  }

  private mutating func step() {
    switch state {
    case .code:
      if takes("//") {
        state = .lineComment
      } else if takes("/*") {
        state = .blockComment(depth: 1)
      } else if !beginsString() {
        keepAsCode(1)
      }
    case .lineComment:
      keepAsComment()
    case .blockComment(let depth):
      if takes("*/") {
        state = depth == 1 ? .code : .blockComment(depth: depth - 1)
      } else if takes("/*") {
        state = .blockComment(depth: depth + 1)
      } else {
        keepAsComment()
      }
    case .string(let end, _, let escape):
      if text[position...].starts(with: end) {
        keepAsCode(end.count)
        state = .code
      } else if text[position...].starts(with: escape), text[position...].dropFirst(escape.count).first != 0x0a {
        position += escape.count + 1
      } else {
        position += 1
      }
    }
  }

  private mutating func beginsString() -> Bool {
    let hashes = Array(text[position...].prefix { $0 == UInt8(ascii: "#") })
    let quotes = text[position...].dropFirst(hashes.count).prefix { $0 == UInt8(ascii: "\"") }
    guard !quotes.isEmpty else { return false }
    // Three quotes open a literal of several lines only at the end of a line.
    let spansLines = quotes.count >= 3 && (quotes.endIndex == text.count || text[quotes.endIndex] == UInt8(ascii: "\n"))
    let delimiter = Array(quotes.prefix(spansLines ? 3 : 1))
    state = .string(end: delimiter + hashes, spansLines: spansLines, escape: [UInt8(ascii: "\\")] + hashes)
    keepAsCode(hashes.count + delimiter.count)
    return true
  }

  private mutating func takes(_ mark: StaticString) -> Bool {
    let mark = UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount)
    guard text[position...].starts(with: mark) else { return false }
    position += mark.count
    return true
  }

  private mutating func keepAsCode(_ count: Int) {
    code += text[position..<position + count]
    position += count
  }

  private mutating func keepAsComment() {
    comment.append(text[position])
    position += 1
  }
}
