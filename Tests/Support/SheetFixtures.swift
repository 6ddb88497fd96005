import Glibc

/// Random numbers that a seed repeats; every property test names its seed when it fails.
package struct TableRandom: RandomNumberGenerator, CustomStringConvertible {
  package let seed: UInt64
  private var state: UInt64

  package init(seed: UInt64 = .random(in: 0 ... .max)) {
    self.seed = seed
    state = seed
    print("seed \(seed)")
  }

  package var description: String { "seed \(seed)" }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  package mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  package mutating func pick<Element>(_ list: [Element]) -> Element { list[number(0...list.count - 1)] }
}

/// Text as a file's bytes.
package enum FileForm: String, CaseIterable, Sendable {
  case utf8, utf8WithMark, gb18030, utf16LittleEndian, utf16BigEndian

  package func bytes(_ text: String) -> [UInt8] {
    switch self {
    case .utf8: Array(text.utf8)
    case .utf8WithMark: [0xEF, 0xBB, 0xBF] + text.utf8
    case .gb18030: Self.gb18030(text)
    case .utf16LittleEndian: [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    case .utf16BigEndian: [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
  }

  private static func gb18030(_ text: String) -> [UInt8] {
    var input = Array(text.utf8).map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: input.count * 4 + 4)
    var (unread, room) = (input.count, output.count)
    let converter = iconv_open("GB18030", "UTF-8")!
    defer { iconv_close(converter) }
    input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        var (from, to) = (input.baseAddress, output.baseAddress)
        iconv(converter, &from, &unread, &to, &room)
      }
    }
    precondition(unread == 0, "every text has a GB18030 form")
    return output.dropLast(room).map { UInt8(bitPattern: $0) }
  }
}

/// Cells as separated values: quoted where RFC 4180 asks for it, and at random elsewhere.
package func separated(
  _ rows: [[String]], by separator: Character, lineBreak: String, quoting: (String) -> Bool
) -> String {
  rows.map { row in
    row.map { cell in
      let mustQuote =
        cell.unicodeScalars.contains { "\"\r\n".unicodeScalars.contains($0) }
        || cell.unicodeScalars.contains(separator.unicodeScalars.first!)
      return mustQuote || quoting(cell) ? "\"" + doubled(cell) + "\"" : cell
    }.joined(separator: String(separator))
  }.joined(separator: lineBreak) + lineBreak
}

/// By scalars: a quote that carries a combining mark is a quote all the same.
private func doubled(_ cell: String) -> String {
  var scalars = String.UnicodeScalarView()
  for scalar in cell.unicodeScalars {
    scalars.append(scalar)
    if scalar == "\"" { scalars.append(scalar) }
  }
  return String(scalars)
}
