public import FoundationEssentials

/// The server counts from the start of 2000, Foundation from that of 2001 (UTC).
private let secondsFrom2000To2001: Double = 31_622_400

/// An instant is a `timestamptz`, which the server keeps in whole microseconds.
extension Date: PostgresEncodable, PostgresDecodable {
  /// `timestamp with time zone`
  public static var postgresType: PostgresType { .timestamptz }

  /// Writes microseconds; the distant past and future become `-infinity` and `infinity`.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(microseconds)
  }

  /// Since 2000-01-01 in UTC; the least and the greatest number stand for infinity.
  var microseconds: Int64 {
    if self == .distantPast { return .min }
    if self == .distantFuture { return .max }
    let seconds = timeIntervalSinceReferenceDate.rounded(.down)
    let fraction = ((timeIntervalSinceReferenceDate - seconds) * 1_000_000).rounded()
    // Whole seconds and the fraction apart: a product of both would lose microseconds to rounding.
    return (Int64(exactly: seconds + secondsFrom2000To2001) ?? 0) * 1_000_000 + Int64(fraction)
  }

  /// Reads a `timestamp with time zone`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Date {
    guard type == .timestamptz else { throw .mismatch }
    let microseconds = try bytes.integer(Int64.self)
    if microseconds == .min { return .distantPast }
    if microseconds == .max { return .distantFuture }
    let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let whole = Double(seconds) - secondsFrom2000To2001
    return Date(timeIntervalSinceReferenceDate: whole + Double(fraction) / 1_000_000)
  }
}
