import Glibc

extension SheetEncoding {
  /// Converts with the C library. GB18030 reaches every Unicode character, so nothing is lost or replaced.
  static func gb18030(_ bytes: [UInt8]) throws(SheetError) -> String {
    guard let converter = iconv_open("UTF-8", "GB18030"), converter != iconv_t(bitPattern: -1) else {
      throw .encodingUnavailable(.gb18030)
    }
    defer { iconv_close(converter) }
    // Two bytes become three at most, four stay four.
    var output = [UInt8](repeating: 0, count: bytes.count * 2 + 4)
    let (written, unread) = convert(bytes, into: &output, with: converter)
    guard unread == 0, let text = String(validating: output[..<written], as: UTF8.self) else {
      throw undecodable(.gb18030, offset: bytes.count - unread, in: bytes)
    }
    return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
  }

  private static func convert(
    _ bytes: [UInt8], into output: inout [UInt8], with converter: iconv_t
  ) -> (written: Int, unread: Int) {
    bytes.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { output in
        // iconv takes its input as mutable for historical reasons; it does not write there.
        var from = UnsafeMutablePointer(mutating: input.bindMemory(to: CChar.self).baseAddress)
        var to = output.bindMemory(to: CChar.self).baseAddress
        var (unread, room) = (input.count, output.count)
        _ = iconv(converter, &from, &unread, &to, &room)
        return (output.count - room, unread)
      }
    }
  }
}
