import Foundation

/// A text as the body of a message, or of a part of one.
struct BodyText {
  /// What a body may be made of.
  enum Form {
    /// ASCII in short lines, which every server passes on unchanged.
    case forServers
    /// As it is, where it can be: for files that people look into.
    case forReading
  }

  /// How it is written, as the header says it.
  let encoding: String
  let lines: String

  init(_ text: String, _ form: Form) {
    let text = Self.canonical(text)
    let longest = text.utf8.split(separator: UInt8(ascii: "\n")).map(\.count).max() ?? 0
    let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    let isClean = !text.utf8.contains {
      $0 < 0x20 && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\t") || $0 == 0x7f
    }
    if isClean, isASCII, longest <= 76 {
      (encoding, lines) = ("7bit", text)
    } else if isClean, form == .forReading, longest <= 998 {
      (encoding, lines) = ("8bit", text)
    } else if Self.isMostlyPlain(text) {
      (encoding, lines) = ("quoted-printable", Self.quotedPrintable(text))
    } else {
      (encoding, lines) = ("base64", Self.base64(text))
    }
  }

  /// Every line ends with one line feed, whatever it ended with before; as CR LF when all is put together.
  private static func canonical(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    var last: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if scalar == "\r" || scalar == "\n" && last != "\r" {
        scalars.append("\n")
      } else if scalar != "\n" {
        scalars.append(scalar)
      }
      last = scalar
    }
    if scalars.last != "\n" { scalars.append("\n") }
    return String(scalars)
  }

  private static func isMostlyPlain(_ text: String) -> Bool {
    let special = text.utf8.count { $0 >= 0x7f || $0 < 0x20 || $0 == UInt8(ascii: "=") }
    return special * 6 < text.utf8.count
  }

  static func quotedPrintable(_ text: String) -> String {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      var written = ""
      var width = 0
      for (index, byte) in zip(line.indices, line) {
        let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        let isLast = line.index(after: index) == line.endIndex
        let isPlain = isBlank ? !isLast : byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "=")
        let piece = isPlain ? String(UnicodeScalar(byte)) : String(format: "=%02X", byte)
        if width + piece.utf8.count > 75 {
          written += "=\n"
          width = 0
        }
        written += piece
        width += piece.utf8.count
      }
      return written
    }.joined(separator: "\n")
  }

  private static func base64(_ text: String) -> String {
    // As text it has CR LF at the ends of its lines, which is what is encoded.
    let encoded = Array(Data(text.replacing("\n", with: "\r\n").utf8).base64EncodedString().utf8)
    return stride(from: 0, to: encoded.count, by: 76)
      .map { String(decoding: encoded[$0..<min($0 + 76, encoded.count)], as: UTF8.self) + "\n" }.joined()
  }
}
