public import FoundationEssentials

/// A value that COPY can write as text.
public protocol PostgresTextEncodable: PostgresEncodable {
  /// Writes the text that the server reads as the value. Not called for NULL.
  func encodeText(into rows: inout PostgresCopyText)
}

extension PostgresTextEncodable where Self: RawRepresentable, RawValue: PostgresTextEncodable {
  /// Writes the raw value.
  public func encodeText(into rows: inout PostgresCopyText) {
    rawValue.encodeText(into: &rows)
  }
}

extension PostgresTextEncodable where Self: FixedWidthInteger {
  /// Writes decimal digits.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(integer: self)
  }
}

extension Int: PostgresTextEncodable {}
extension Int64: PostgresTextEncodable {}
extension Int32: PostgresTextEncodable {}
extension Int16: PostgresTextEncodable {}

extension String: PostgresTextEncodable {
  /// Writes the text, escaped.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(self)
  }
}

extension Bool: PostgresTextEncodable {
  /// Writes t or f.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(plain: self ? "t" : "f")
  }
}

extension Double: PostgresTextEncodable {
  /// Writes the shortest text that reads as the same number.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(description)
  }
}

extension UUID: PostgresTextEncodable {
  /// Writes the hexadecimal digits; the server needs no dashes.
  public func encodeText(into rows: inout PostgresCopyText) {
    withUnsafeBytes(of: uuid) { rows.write(hex: $0) }
  }
}

extension Decimal: PostgresTextEncodable {
  /// Writes plain decimal notation.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(description)
  }
}

extension PostgresDate: PostgresTextEncodable {
  /// Writes ISO 8601; years before the first count as the server writes them, BC.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(serverText)
  }

  private var serverText: String {
    guard year <= 0, let mirrored = PostgresDate(year: 4, month: month, day: day) else { return description }
    let year = String(1 - year)
    let padded = String(repeating: "0", count: max(4 - year.count, 0)) + year
    return padded + mirrored.description.dropFirst(4) + " BC"
  }
}

extension Date: PostgresTextEncodable {
  /// Writes the instant in UTC with microseconds.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(timestamp: microseconds)
  }
}

extension PostgresCopyText {
  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// An instant by its distance from 2000-01-01 in UTC, in microseconds.
  fileprivate mutating func write(timestamp microseconds: Int64) {
    if microseconds == .min { return write(plain: "-infinity") }
    if microseconds == .max { return write(plain: "infinity") }
    var (day, time) = microseconds.quotientAndRemainder(dividingBy: Self.microsecondsPerDay)
    if time < 0 { (day, time) = (day - 1, time + Self.microsecondsPerDay) }
    let date = PostgresDate(dayNumber: Int(day))
    let era = date.year <= 0
    write(digits: era ? 1 - date.year : date.year, width: 4)
    write(plain: "-")
    write(digits: date.month, width: 2)
    write(plain: "-")
    write(digits: date.day, width: 2)
    write(plain: " ")
    write(digits: Int(time / 3_600_000_000), width: 2)
    write(plain: ":")
    write(digits: Int(time / 60_000_000 % 60), width: 2)
    write(plain: ":")
    write(digits: Int(time / 1_000_000 % 60), width: 2)
    write(plain: ".")
    write(digits: Int(time % 1_000_000), width: 6)
    write(plain: era ? "+00 BC" : "+00")
  }

  private mutating func write(digits number: Int, width: Int) {
    var bound = 10
    for _ in 1..<width {
      if number < bound { write(plain: "0") }
      bound *= 10
    }
    write(integer: number)
  }
}

extension JSON: PostgresTextEncodable {
  /// Writes the document, escaped.
  public func encodeText(into rows: inout PostgresCopyText) {
    bytes.withUnsafeBufferPointer { rows.write(utf8: $0) }
  }
}

extension Data: PostgresTextEncodable {
  /// Writes hexadecimal digits.
  public func encodeText(into rows: inout PostgresCopyText) {
    rows.write(plain: #"\\x"#)
    rows.write(hex: self)
  }
}

extension Optional: PostgresTextEncodable where Wrapped: PostgresTextEncodable {
  /// Writes the value.
  public func encodeText(into rows: inout PostgresCopyText) {
    self?.encodeText(into: &rows)
  }
}
