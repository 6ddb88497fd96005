/// Writes separated values as spreadsheets read them: UTF-8 with a byte order mark, commas, CRLF. A text that a spreadsheet
/// would take for a formula gets an apostrophe before it, which `FormulaGuard.removed` takes away again.
public final class DelimitedWriter: SheetWriter {
  private let file: SpoolFile
  private var unwritten: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// A file with a header.
  public init(_ titles: [SheetTitle]) throws(SheetError) {
    file = try SpoolFile()
    try append(titles.map { .text($0.text) })
  }

  /// Adds a row.
  public func append(_ row: [SheetValue]) throws(SheetError) {
    for (index, value) in row.enumerated() {
      if index > 0 { unwritten.append(0x2C) }
      switch value {
      case .empty: break
      case .number(let number): unwritten += String(number).utf8
      case .text(let text): write(FormulaGuard.added(to: text))
      }
    }
    unwritten += [0x0D, 0x0A]
    if unwritten.count >= SpoolBytes.piece { try flush() }
  }

  /// Ends the file.
  public func finish() throws(SheetError) -> SpoolFile {
    try flush()
    return file
  }

  private func write(_ text: String) {
    let mustQuote = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    guard mustQuote || text.first?.isWhitespace == true || text.last?.isWhitespace == true else {
      unwritten += text.utf8
      return
    }
    unwritten.append(0x22)
    for byte in text.utf8 {
      if byte == 0x22 { unwritten.append(byte) }
      unwritten.append(byte)
    }
    unwritten.append(0x22)
  }

  private func flush() throws(SheetError) {
    try file.append(unwritten)
    unwritten.removeAll(keepingCapacity: true)
  }
}

/// Keeps text from being taken for a formula when separated values are opened in a spreadsheet.
public enum FormulaGuard {
  private static let starts: Set<UInt8> = [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D]

  /// The text with an apostrophe before it where it begins like a formula. One that already has an apostrophe before such
  /// a beginning gets another, so that taking one away gives the text back.
  public static func added(to text: String) -> String {
    isGuarded(text, past: text.utf8.prefix { $0 == 0x27 }.count) ? "'" + text : text
  }

  /// The text without the apostrophe that `added` put there.
  public static func removed(from text: String) -> String {
    let marks = text.utf8.prefix { $0 == 0x27 }.count
    return marks > 0 && isGuarded(text, past: marks) ? String(text.dropFirst()) : text
  }

  private static func isGuarded(_ text: String, past marks: Int) -> Bool {
    text.utf8.dropFirst(marks).first.map(starts.contains) ?? false
  }
}
