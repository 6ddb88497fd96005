import Foundation

/// The text form of UUIDs (RFC 9562 section 4). Foundation's writes capitals, and it and its reader take several times as
/// long; the queue writes and reads ids for each run more than once.
enum UUIDText {
  static func write(_ uuid: UUID) -> String {
    withUnsafeBytes(of: uuid.uuid) { bytes in
      String(unsafeUninitializedCapacity: 36) { text in
        var place = 0
        for (number, byte) in bytes.enumerated() {
          if hasHyphen(before: number) {
            text[place] = hyphen
            place += 1
          }
          text[place] = digit(byte >> 4)
          text[place + 1] = digit(byte & 15)
          place += 2
        }
        return place
      }
    }
  }

  /// Capitals and small letters read alike. Nil when it is no UUID.
  static func read(_ text: some Collection<UInt8>) -> UUID? {
    guard text.count == 36 else { return nil }
    var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    var rest = text.makeIterator()
    let isWhole = withUnsafeMutableBytes(of: &uuid) { bytes in
      for number in bytes.indices {
        if hasHyphen(before: number), rest.next() != hyphen { return false }
        guard let high = rest.next().flatMap(value), let low = rest.next().flatMap(value) else { return false }
        bytes[number] = high << 4 | low
      }
      return true
    }
    return isWhole ? UUID(uuid: uuid) : nil
  }

  private static let hyphen = UInt8(ascii: "-")

  private static func hasHyphen(before number: Int) -> Bool {
    number == 4 || number == 6 || number == 8 || number == 10
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
