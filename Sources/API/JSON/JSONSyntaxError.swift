import Wording

/// Where a text stops being JSON, and why.
struct JSONSyntaxError: Error, Hashable {
  let fault: JSONFault
  /// Bytes from the beginning, from 0.
  let offset: Int
  /// From 1.
  let line: Int
  /// Characters from the beginning of the line, from 1.
  let column: Int

  init(_ fault: JSONFault, at offset: Int, in bytes: [UInt8]) {
    self.fault = fault
    self.offset = offset
    let before = bytes[..<min(offset, bytes.count)]
    let lineFeed = UInt8(ascii: "\n")
    line = 1 + before.count { $0 == lineFeed }
    let lineStart = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
    // Bytes that continue a character of UTF-8 are no columns of their own.
    column = 1 + before[lineStart...].count { $0 & 0xC0 != 0x80 }
  }
}
