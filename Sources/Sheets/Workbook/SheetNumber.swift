import Almanac

/// Numbers of a workbook as text.
enum SheetNumber {
  /// The number in plain digits where that is exactly what is stored: `1.38E10` is 13800000000. Anything else stays as it
  /// stands in the file, so that nothing is made up.
  static func plain(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard let mark = bytes.firstIndex(where: { $0 == 0x65 || $0 == 0x45 }) else {
      // Some programs write whole numbers with a fraction of nothing.
      if text.hasSuffix(".0"), text.dropLast(2).utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) {
        return String(text.dropLast(2))
      }
      return text
    }
    guard let exponent = Int(String(decoding: bytes[(mark + 1)...], as: UTF8.self)), (0...30).contains(exponent) else {
      return text
    }
    let parts = String(decoding: bytes[..<mark], as: UTF8.self)
      .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    let whole = parts[0].hasPrefix("-") ? parts[0].dropFirst() : parts[0]
    let digits = whole + fraction
    guard whole.count == 1, fraction.count <= exponent, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return text
    }
    let zeros = String(repeating: "0", count: exponent - fraction.count)
    return (parts[0].hasPrefix("-") ? "-" : "") + digits + zeros
  }
}

/// Days of a workbook as text: `2026-03-08`, `2026-03-08 09:30:00`.
enum SheetDay {
  /// The number by which a spreadsheet keeps a day. Nil when it is a time alone or no day that a calendar has.
  static func text(ofSerial text: String, countsFrom1904: Bool) -> String? {
    guard let serial = Double(text), serial >= 1, serial < 2_958_466 else { return nil }
    let seconds = Int((serial * 86_400).rounded())
    let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    guard let number = dayNumber(day, countsFrom1904: countsFrom1904) else { return nil }
    let date = CivilDate(dayNumber: number).description
    guard second != 0, let time = try? WallTime(hour: second / 3600, minute: second / 60 % 60, second: second % 60)
    else { return date }
    return "\(date) \(time)"
  }

  /// Spreadsheets believe in a 1900-02-29, their day 60.
  private static func dayNumber(_ day: Int, countsFrom1904: Bool) -> Int? {
    if countsFrom1904 { return day - 24_107 }
    return day == 60 ? nil : day < 60 ? day - 25_568 : day - 25_569
  }

  /// A day as ISO 8601 has it, without what a sheet does not say: a fraction of a second, a zone, midnight.
  static func plain(_ text: String) -> String {
    var text = text.trimmedCell
    if text.hasSuffix("Z") { text.removeLast() }
    if let point = text.lastIndex(of: ".") { text = String(text[..<point]) }
    text = text.replacing("T", with: " ")
    return text.hasSuffix(" 00:00:00") ? String(text.dropLast(9)) : text
  }
}

extension String {
  /// Excel writes characters that XML cannot have as `_x000D_`.
  var withoutEscapes: String {
    guard utf8.contains(0x5F), contains("_x") else { return self }
    return replacing(/_x([0-9A-Fa-f]{4})_/) { match in
      UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? String(match.0)
    }
  }
}
