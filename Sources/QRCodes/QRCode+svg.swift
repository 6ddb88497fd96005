extension QRCode {
  /// How many light modules scanners want around a code.
  static let quietZone = 4

  /// The code as an SVG element to stand in a page.
  ///
  /// Dark on light in every theme, since many scanners read nothing else. It has no style and no script, so that it needs
  /// no exception from a content security policy, and no size: the page gives it one.
  ///
  /// - Parameter label: what it is, for those who do not see it.
  public func svg(label: String) -> String {
    let side = size + 2 * Self.quietZone
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges" role="img" \
      aria-label="\(Self.escaped(label))"><rect width="\(side)" height="\(side)" fill="#fff"/>\
      <path fill="#000" d="\(path)"/></svg>
      """
  }

  /// One rectangle for each run of dark modules in a row.
  private var path: String {
    (0..<size).flatMap { row in
      runs(inRow: row).map { "M\($0.lowerBound + Self.quietZone) \(row + Self.quietZone)h\($0.count)v1h-\($0.count)z" }
    }.joined()
  }

  private func runs(inRow row: Int) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var column = 0
    while column < size {
      let start = column
      while column < size, self[column: column, row: row] { column += 1 }
      if column > start { runs.append(start..<column) }
      column += 1
    }
    return runs
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
