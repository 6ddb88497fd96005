/// Base32 of RFC 4648, as authenticator apps read secrets; without padding.
enum Base32 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var (characters, buffer, bits): ([UInt8], UInt32, Int) = ([], 0, 0)
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        characters.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
      }
    }
    if bits > 0 { characters.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
    return String(decoding: characters, as: UTF8.self)
  }

  /// The bytes; nil when it is no Base32. Lower case, spaces and padding are taken, as people type them.
  static func decode(_ text: String) -> [UInt8]? {
    let characters = text.uppercased().utf8.filter { $0 != UInt8(ascii: " ") }
    let body = characters[..<(characters.firstIndex(of: UInt8(ascii: "=")) ?? characters.endIndex)]
    guard characters[body.endIndex...].allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
    var (bytes, buffer, bits): ([UInt8], UInt32, Int) = ([], 0, 0)
    for character in body {
      guard let value = alphabet.firstIndex(of: character) else { return nil }
      buffer = buffer << 5 | UInt32(value)
      bits += 5
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
      }
    }
    // What is left over must be fewer bits than a character has, and none of them set.
    guard bits < 5, buffer & (1 << UInt32(bits) - 1) == 0 else { return nil }
    return bytes
  }
}
