import CQREncode
import Glibc

/// A QR code, as a square of dark and light modules.
public struct QRCode: Sendable, Hashable {
  /// How many modules a side has.
  public let size: Int
  private let dark: [Bool]

  /// The code of a text.
  ///
  /// Up to a seventh of it may be dirty or hidden (level M), which is enough for a screen and for paper.
  public init(_ text: String) throws(QRCodeError) {
    let bytes = Array(text.utf8)
    // The library ends a string at NUL, and would take nothing for a mistake.
    guard !bytes.isEmpty, !bytes.contains(0) else { throw QRCodeError("a QR code needs a text without NUL") }
    guard let code = QRcode_encodeData(CInt(bytes.count), bytes, 0, QR_ECLEVEL_M) else {
      throw QRCodeError(
        errno == ERANGE ? "the text of \(bytes.count) bytes is too long for a QR code" : "no QR code: error \(errno)")
    }
    defer { QRcode_free(code) }
    size = Int(code.pointee.width)
    // The lowest bit says whether a module is dark, the others what it is for.
    dark = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
  }

  /// Whether a module is dark.
  public subscript(column column: Int, row row: Int) -> Bool {
    dark[row * size + column]
  }
}

/// There is no QR code of that text; the description says why.
public struct QRCodeError: Error, Hashable, CustomStringConvertible {
  /// What it says in a log.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
