/// How the text of a file is written in bytes.
public enum SheetEncoding: String, Sendable, Hashable {
  /// UTF-8, with or without a byte order mark.
  case utf8 = "UTF-8"
  /// UTF-16, told by its byte order mark.
  case utf16 = "UTF-16"
  /// GB18030, which GB2312 and GBK are parts of: what Chinese spreadsheets save as CSV.
  case gb18030 = "GB18030"
}

extension SheetEncoding {
  /// The text of a file, without a byte order mark, and how it was written.
  ///
  /// A byte order mark decides. Without one, what is valid UTF-8 is taken as that, and everything else as GB18030,
  /// unless most of it is UTF-8: a damaged UTF-8 file is often valid, meaningless GB18030.
  static func decode(_ bytes: [UInt8]) throws(SheetError) -> (text: String, encoding: SheetEncoding) {
    if bytes.starts(with: [0xFF, 0xFE]) { return (try utf16(bytes) { $0 | $1 << 8 }, .utf16) }
    if bytes.starts(with: [0xFE, 0xFF]) { return (try utf16(bytes) { $0 << 8 | $1 }, .utf16) }
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    if let text = String(validating: hasMark ? bytes[3...] : bytes[...], as: UTF8.self) { return (text, .utf8) }
    let survey = UTF8Survey(bytes)
    if hasMark || survey.isMostlyUTF8 {
      throw undecodable(.utf8, offset: survey.firstError ?? 0, in: bytes)
    }
    return (try gb18030(bytes), .gb18030)
  }

  static func undecodable(_ encoding: SheetEncoding, offset: Int, in bytes: [UInt8]) -> SheetError {
    // A line feed is one byte 0x0A in UTF-8 and in GB18030, and never a part of another character.
    .undecodable(encoding, offset: offset, line: 1 + bytes[..<offset].count { $0 == 0x0A })
  }

  private static func utf16(
    _ bytes: [UInt8], joining: (UInt16, UInt16) -> UInt16
  ) throws(SheetError) -> String {
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { joining(UInt16(bytes[$0]), UInt16(bytes[$0 + 1])) }
    guard let text = String(validating: units, as: UTF16.self), bytes.count.isMultiple(of: 2) else {
      let broken = firstBrokenUnit(units) ?? units.count
      throw .undecodable(.utf16, offset: 2 + 2 * broken, line: 1 + units[..<broken].count { $0 == 0x0A })
    }
    return text
  }

  private static func firstBrokenUnit(_ units: [UInt16]) -> Int? {
    var (iterator, parser, position) = (units.makeIterator(), UTF16.ForwardParser(), 0)
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): position += scalar.count
      case .error: return position
      case .emptyInput: return nil
      }
    }
  }
}

/// What bytes look like when read as UTF-8 although some of them are not.
private struct UTF8Survey {
  /// Offset of the first byte that does not belong to a character.
  private(set) var firstError: Int?
  private var highBytes = 0
  private var highBytesInLongCharacters = 0

  init(_ bytes: [UInt8]) {
    var (iterator, parser, position) = (bytes.makeIterator(), UTF8.ForwardParser(), 0)
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let character):
        position += character.count
        if character.count > 1 { highBytes += character.count }
        if character.count > 2 { highBytesInLongCharacters += character.count }
      case .error(let length):
        firstError = firstError ?? position
        position += length
        highBytes += length
      case .emptyInput:
        return
      }
    }
  }

  /// Chinese in GB18030 is made of pairs, which form a three-byte character of UTF-8 only now and then.
  var isMostlyUTF8: Bool { highBytesInLongCharacters * 2 > highBytes }
}
