/// Mobile numbers of mainland China as sheets have them.
enum MainlandPhone {
  /// The number as `+86` and eleven digits. Spaces, hyphens, full-width digits, a leading `'`, and `+86`, `86` or `0086`
  /// before it are understood.
  static func normalized(_ cell: String) throws(SheetProblem.Code) -> String {
    if cell.contains(where: { "eE".contains($0) }), Double(cell) != nil { throw .digitsLost }
    var text = String(cell.unicodeScalars.compactMap(plain))
    if text.hasPrefix("'") { text.removeFirst() }
    let prefix = ["+86", "0086", "86"].first { text.hasPrefix($0) && text.utf8.count == $0.utf8.count + 11 }
    let number = text.dropFirst(prefix?.count ?? 0)
    if prefix == nil, text.hasPrefix("+") || text.hasPrefix("00") { throw .foreignPhone }
    let digits = Array(number.utf8)
    guard digits.count == 11, digits.allSatisfy({ (0x30...0x39).contains($0) }), digits[0] == 0x31, digits[1] >= 0x33
    else { throw .malformedPhone }
    return "+86" + number
  }

  /// The scalar in its ASCII form; nil for what only groups digits.
  private static func plain(_ scalar: Unicode.Scalar) -> Character? {
    switch scalar {
    case "\u{FF10}"..."\u{FF19}": Unicode.Scalar(scalar.value - 0xFF10 + 0x30).map(Character.init)
    case "\u{FF0B}": "+"
    case "-", "‐", "‑", "–", "—", "－", "(", ")", "（", "）": nil
    default: scalar.properties.isWhitespace ? nil : Character(scalar)
    }
  }
}
