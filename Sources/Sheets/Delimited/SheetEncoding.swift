import Glibc

/// How the text of a file is written in bytes.
public enum SheetEncoding: String, Sendable, Hashable, Codable {
  /// UTF-8, with or without a byte order mark.
  case utf8 = "UTF-8"
  /// UTF-16, told by its byte order mark.
  case utf16 = "UTF-16"
  /// GB18030, which GB2312 and GBK are parts of: what Chinese spreadsheets save as CSV.
  case gb18030 = "GB18030"
}

extension SheetEncoding {
  /// How a file is written.
  ///
  /// A byte order mark decides. Without one, what is valid UTF-8 is taken as that, and everything else as GB18030,
  /// unless most of it is UTF-8: a damaged UTF-8 file is often valid, meaningless GB18030.
  ///
  /// - Throws: `SheetError.undecodable` for what is meant to be UTF-8 and is not. Of other encodings that is found
  ///   where the text is read.
  static func detect(_ file: SpoolFile) throws(SheetError) -> SheetEncoding {
    let start = try file.read(at: 0, count: 3)
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return .utf16 }
    if try isUTF8(file) { return .utf8 }
    let survey = UTF8Survey(file)
    guard start == [0xEF, 0xBB, 0xBF] || survey.isMostlyUTF8 else { return .gb18030 }
    let offset = survey.firstError ?? 0
    throw .undecodable(.utf8, offset: offset, line: 1 + lineFeeds(before: offset, in: file))
  }

  /// Piece by piece, cut where a character ends.
  private static func isUTF8(_ file: SpoolFile) throws(SheetError) -> Bool {
    var offset = 0
    while true {
      let bytes = try file.read(at: offset, count: SpoolBytes.piece)
      guard !bytes.isEmpty else { return true }
      let isLast = bytes.count < SpoolBytes.piece
      let whole = isLast ? bytes[...] : bytes[..<endOfCharacters(bytes)]
      guard !whole.isEmpty, String(validating: whole, as: UTF8.self) != nil else { return false }
      if isLast { return true }
      offset += whole.count
    }
  }

  /// Where a character that the piece has only begun begins.
  private static func endOfCharacters(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where bytes[bytes.count - back] >= 0xC0 {
      let lead = bytes[bytes.count - back]
      let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
      return length > back ? bytes.count - back : bytes.count
    }
    return bytes.count
  }

  private static func lineFeeds(before offset: Int, in file: SpoolFile) -> Int {
    var bytes = SpoolBytes(file)
    var count = 0
    for _ in 0..<offset where bytes.next() == 0x0A { count += 1 }
    return count
  }
}

/// What bytes look like when read as UTF-8 although some of them are not.
private struct UTF8Survey {
  /// Offset of the first byte that does not belong to a character.
  private(set) var firstError: Int?
  private var highBytes = 0
  private var highBytesInLongCharacters = 0

  init(_ file: SpoolFile) {
    var (iterator, parser, position) = (SpoolBytes(file), UTF8.ForwardParser(), 0)
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
