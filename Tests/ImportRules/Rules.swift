import Foundation

/// The rules that every source outside the tests keeps.
enum Rules {
  static func imports(of sources: [SourceFile], allowedBy picture: ModulePicture) -> [Finding] {
    let ours = Set(picture.rows.map(\.module))
    return sources.flatMap { source -> [Finding] in
      guard let row = picture.row(of: source.module) else {
        return [Finding(path: source.path, line: 1, problem: "the module \(source.module) is not in Sources/README.md")]
      }
      return imports(in: source).compactMap { line, name in
        let isAllowed =
          ours.contains(name) ? row.ours.contains(name) : row.others.union(picture.everywhere).contains(name)
        return isAllowed ? nil : Finding(path: source.path, line: line, problem: "\(row.module) may not import \(name)")
      }
    }
  }

  /// The modules that a source imports, with the lines where it does.
  static func imports(in source: SourceFile) -> [(line: Int, module: String)] {
    let declaration =
      #/
      ^ \s* (?: @\w+ (?: \( [^)]* \) )? \s+ )*
      (?: (?: public | package | internal | fileprivate | private ) \s+ )?
      import \s+ (?: (?: class | enum | func | let | protocol | struct | typealias | var ) \s+ )?
      (?<name> \w+ )
      /#
    return source.lines.compactMap { line in
      line.code.firstMatch(of: declaration).map { (line.number, String($0.name)) }
    }
  }

  /// Only the command reads settings.
  static func settings(readIn sources: [SourceFile]) -> [Finding] {
    findings(
      of: /\bprocessInfo\s*\.\s*environment\b|\b(?:secure_)?getenv\s*\(|\benviron\b/,
      in: sources.filter { $0.module != "nuanqun" }, problem: "only the command reads settings")
  }

  /// What ends the process takes every other brand's work with it.
  static func crashes(in sources: [SourceFile]) -> [Finding] {
    findings(of: /\btry!|\bfatalError\s*\(/, in: sources, problem: "an error must be thrown, not end the process")
  }

  /// Where the compiler is told to look away, a comment on the line or right above says why that is safe.
  static func unexplainedUnsafety(in sources: [SourceFile]) -> [Finding] {
    sources.flatMap { source in
      source.lines.indices.compactMap { index -> Finding? in
        guard source.lines[index].code.contains(/@unchecked\s+Sendable|nonisolated\(unsafe\)/) else { return nil }
        guard !comment(on: index, of: source).contains(/\bsafe\b/) else { return nil }
        return Finding(
          path: source.path, line: source.lines[index].number, problem: "a comment has to say why this is safe")
      }
    }
  }

  private static func comment(on index: Int, of source: SourceFile) -> String {
    let above = source.lines[..<index].reversed().prefix { line in
      let code = line.code.trimmingCharacters(in: .whitespaces)
      return code.hasPrefix("@") || code.isEmpty && !line.comment.isEmpty
    }
    return (above.reversed() + [source.lines[index]]).map(\.comment).joined(separator: "\n")
  }

  private static func findings(
    of pattern: Regex<Substring>, in sources: [SourceFile], problem: String
  ) -> [Finding] {
    // The default boundaries see one word in `processInfo.environment`.
    let pattern = pattern.wordBoundaryKind(.simple)
    return sources.flatMap { source in
      source.lines.compactMap { line in
        line.code.firstMatch(of: pattern).map {
          Finding(path: source.path, line: line.number, problem: "\($0.0): \(problem)")
        }
      }
    }
  }
}
