/// Rows in COPY's text format, which takes any type's text whatever the columns' exact types are.
public struct PostgresCopyText: Sendable {
  /// What was written so far: whole rows.
  public internal(set) var bytes: [UInt8] = []

  /// No rows.
  public init() {}

  /// Appends a row with one value per column, in the order of the COPY statement's columns.
  ///
  /// Inlinable, so that the row's types are known where it is written: without that each row looks them up.
  @inlinable
  public mutating func append<each Value: PostgresTextEncodable>(_ values: repeat each Value) {
    var isFirst = true
    for value in repeat each values {
      if !isFirst { write(plain: "\t") }
      isFirst = false
      if value.isPostgresNull { write(plain: #"\N"#) } else { value.encodeText(into: &self) }
    }
    write(plain: "\n")
  }

  /// Appends text of a value, escaped.
  public mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { write(utf8: $0) }
  }

  /// Appends UTF-8 of a value that has nothing to escape: digits, signs, letters.
  public mutating func write(plain text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func write(utf8: UnsafeBufferPointer<UInt8>) {
    guard utf8.contains(where: { Self.escape($0) != nil }) else { return bytes.append(contentsOf: utf8) }
    for byte in utf8 {
      guard let letter = Self.escape(byte) else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(letter)
    }
  }

  /// The letter behind a backslash for a byte that has a meaning in the format.
  @inline(__always)
  private static func escape(_ byte: UInt8) -> UInt8? {
    guard byte <= UInt8(ascii: "\r") || byte == UInt8(ascii: "\\") else { return nil }
    return switch byte {
    case UInt8(ascii: "\\"): UInt8(ascii: "\\")
    case UInt8(ascii: "\t"): UInt8(ascii: "t")
    case UInt8(ascii: "\n"): UInt8(ascii: "n")
    case UInt8(ascii: "\r"): UInt8(ascii: "r")
    default: nil
    }
  }

  mutating func write<Integer: FixedWidthInteger>(integer: Integer) {
    var rest = UInt64(integer.magnitude)
    if integer < 0 { bytes.append(UInt8(ascii: "-")) }
    // From the last digit to the first: 64 bits have at most twenty.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var first = digits.count
      repeat {
        first -= 1
        digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest != 0
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
    }
  }

  mutating func write(hex data: some Sequence<UInt8>) {
    let digits = Array("0123456789abcdef".utf8)
    for byte in data {
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Hands the rows over and begins anew.
  mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }
}
