import Glibc

/// The text of a file as pieces of UTF-8, without a byte order mark. A piece may end within a character.
struct SheetText {
  private let file: SpoolFile
  private let encoding: SheetEncoding
  private let converter: Converter?
  private var offset: Int
  private var pending: [UInt8] = []
  private var lineFeeds = 0
  private var isAtStart = true

  init(_ file: SpoolFile, _ encoding: SheetEncoding) throws(SheetError) {
    self.file = file
    self.encoding = encoding
    let start = try file.read(at: 0, count: 3)
    switch encoding {
    case .utf8:
      (converter, offset) = (nil, start == Self.mark ? 3 : 0)
    case .utf16:
      converter = try Converter(from: start.starts(with: [0xFF, 0xFE]) ? "UTF-16LE" : "UTF-16BE", encoding)
      offset = 2
    case .gb18030:
      (converter, offset) = (try Converter(from: "GB18030", encoding), 0)
    }
  }

  /// The next piece; nil at the end.
  ///
  /// - Throws: `SheetError.undecodable`. UTF-8 is not looked at again: it was when the encoding was told.
  mutating func next() throws(SheetError) -> [UInt8]? {
    guard let converter else {
      let bytes = try file.read(at: offset, count: SpoolBytes.piece)
      offset += bytes.count
      return bytes.isEmpty ? nil : bytes
    }
    while true {
      let fresh = try file.read(at: offset + pending.count, count: SpoolBytes.piece - pending.count)
      let input = pending + fresh
      guard !input.isEmpty else { return nil }
      var (output, unread, isBroken) = converter.convert(input)
      offset += input.count - unread
      lineFeeds += output.count { $0 == 0x0A }
      // What is left at the end of the file is half a character.
      guard !isBroken, unread == 0 || !fresh.isEmpty else {
        throw .undecodable(encoding, offset: offset, line: 1 + lineFeeds)
      }
      pending = Array(input.suffix(unread))
      if isAtStart, output.starts(with: Self.mark) { output.removeFirst(3) }
      isAtStart = false
      if !output.isEmpty { return output }
    }
  }

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
}

/// Converts with the C library. GB18030 reaches every Unicode character, so nothing is lost or replaced.
private final class Converter {
  private let handle: iconv_t

  init(from name: String, _ encoding: SheetEncoding) throws(SheetError) {
    guard let handle = iconv_open("UTF-8", name), handle != iconv_t(bitPattern: -1) else {
      throw .encodingUnavailable(encoding)
    }
    self.handle = handle
  }

  deinit {
    iconv_close(handle)
  }

  /// What can be converted. A character that is not whole yet stays unread; one that is none breaks the text.
  func convert(_ bytes: [UInt8]) -> (output: [UInt8], unread: Int, isBroken: Bool) {
    var unread = bytes.count
    var isBroken = false
    // Two bytes become three at most, four stay four.
    let output = [UInt8](unsafeUninitializedCapacity: bytes.count * 2 + 4) { output, count in
      bytes.withUnsafeBytes { input in
        output.withMemoryRebound(to: CChar.self) { output in
          // iconv takes its input as mutable for historical reasons; it does not write there.
          var from = UnsafeMutablePointer(mutating: input.bindMemory(to: CChar.self).baseAddress)
          var to = output.baseAddress
          var room = output.count
          isBroken = iconv(handle, &from, &unread, &to, &room) == -1 && errno == EILSEQ
          count = output.count - room
        }
      }
    }
    return (output, unread, isBroken)
  }
}
