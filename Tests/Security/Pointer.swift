import Foundation

/// What shows that an item is met: a file or folder, a test, or a word in a file.
///
/// Written `path`, `path:Suite/test` or `path#word`. In a page of Markdown the word may be the anchor of a heading.
struct Pointer: Equatable {
  /// What there has to be in the file.
  enum Target: Equatable {
    case file
    case test(suite: String, name: String)
    case word(String)
  }

  let path: String
  let target: Target

  /// Nil when it is not written as it has to be.
  init?(_ text: String) {
    if let parts = text.wholeMatch(of: /([^#:]+):(\w+)\/(\w+)/) {
      (path, target) = (String(parts.1), .test(suite: String(parts.2), name: String(parts.3)))
    } else if let parts = text.wholeMatch(of: /([^#:]+)#(.+)/) {
      (path, target) = (String(parts.1), .word(String(parts.2)))
    } else if text.wholeMatch(of: /[^#:]+/) != nil {
      (path, target) = (text, .file)
    } else {
      return nil
    }
  }

  /// What it does not lead to; nil when it leads somewhere.
  ///
  /// - Parameter read: the text of a file, an empty one for a folder, and nil where there is neither.
  func fault(reading read: (String) -> String?) -> String? {
    guard !path.hasPrefix("/"), !path.split(separator: "/").contains(".."), let text = read(path) else {
      return "there is no \(path)"
    }
    switch target {
    case .file: return nil
    case .test(let suite, let name):
      return SourceText(text).hasTest(name, in: suite) ? nil : "\(path) has no test \(suite)/\(name)"
    case .word(let word):
      let isThere = SourceText(text).has(word) || path.hasSuffix(".md") && SourceText(text).hasHeading(word)
      return isThere ? nil : "\(path) has no \(word)"
    }
  }
}

/// The text of a file, as far as pointers look at it.
struct SourceText {
  private let text: String

  init(_ text: String) {
    self.text = text
  }

  /// Whether the word stands there, and not only as a part of another one.
  func has(_ word: String) -> Bool {
    text.ranges(of: word).contains { range in
      let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
      let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
      return !Self.isPartOfWord(before) && !Self.isPartOfWord(after)
    }
  }

  private static func isPartOfWord(_ character: Character?) -> Bool {
    character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
  }

  /// Whether a heading of a page has this anchor.
  func hasHeading(_ anchor: String) -> Bool {
    text.split(separator: "\n").filter { $0.hasPrefix("#") }.contains { line in
      let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
      return title.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }.replacing(" ", with: "-") == anchor
    }
  }

  /// Whether a function of the suite is marked as a test and has this name.
  func hasTest(_ name: String, in suite: String) -> Bool {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.contains { index in
      guard lines[index].contains("func \(name)(") || lines[index].contains("func \(name)<") else { return false }
      let depth = Self.indentation(of: lines[index])
      let above = lines[..<index].reversed()
      return Self.isMarked(lines[index], below: above, depth: depth) && Self.suite(above, depth: depth) == suite
    }
  }

  /// The mark stands on the line itself, or above it where only a list of arguments ends in between.
  private static func isMarked(
    _ line: Substring, below above: ReversedCollection<ArraySlice<Substring>>, depth: Int
  ) -> Bool {
    if line.contains("@Test") { return true }
    for line in above where indentation(of: line) <= depth && !line.allSatisfy(\.isWhitespace) {
      guard indentation(of: line) == depth else { return false }
      if line.contains("@Test") { return true }
      guard line.dropFirst(depth).hasPrefix("]") || line.dropFirst(depth).hasPrefix(")") else { return false }
    }
    return false
  }

  /// The type that the line stands in.
  private static func suite(_ above: ReversedCollection<ArraySlice<Substring>>, depth: Int) -> String? {
    for line in above where indentation(of: line) < depth {
      if let type = line.firstMatch(of: /\b(?:struct|class|actor|enum|extension) (\w+)/) { return String(type.1) }
    }
    return nil
  }

  private static func indentation(of line: Substring) -> Int { line.prefix { $0 == " " }.count }
}
