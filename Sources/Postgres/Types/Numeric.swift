public import FoundationEssentials

/// A `numeric` of up to 38 digits; what `Decimal` cannot hold exactly is an error, never rounded.
extension Decimal: PostgresEncodable, PostgresDecodable {
  /// `numeric`
  public static var postgresType: PostgresType { .numeric }

  /// Writes digits of base 10,000.
  public func encode(into buffer: inout PostgresBuffer) {
    guard isFinite else {
      for word in [0, 0, WireNumeric.nan, 0] as [UInt16] { buffer.write(word) }
      return
    }
    WireNumeric(decimal: description).encode(into: &buffer)
  }

  /// Reads a `numeric`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Decimal {
    guard type == .numeric else { throw .mismatch }
    guard let numeric = try WireNumeric(bytes) else { return .nan }
    let (digits, text) = numeric.decimal
    guard digits <= 38, let value = Decimal(string: text) else { throw .unsupported("\(digits) digits") }
    return value
  }
}

/// A finite `numeric` as it crosses the wire: digits of base 10,000, the first of weight 10,000 to the power of `weight`.
struct WireNumeric: Hashable {
  static let nan: UInt16 = 0xC000
  private static let negative: UInt16 = 0x4000

  var digits: [Int16] = []
  var weight: Int16 = 0
  var isNegative = false
  /// How many decimal digits are shown behind the point.
  var scale: Int16 = 0

  /// From plain decimal notation: a sign, digits, a point, digits.
  init(decimal: String) {
    var body = Substring(decimal)
    isNegative = body.first == "-"
    if isNegative { body.removeFirst() }
    let parts = body.split(separator: ".", omittingEmptySubsequences: false)
    var whole = String(parts.first ?? "0")
    var fraction = parts.count > 1 ? String(parts[1]) : ""
    scale = Int16(fraction.count)
    whole = String(repeating: "0", count: (4 - whole.count % 4) % 4) + whole
    fraction += String(repeating: "0", count: (4 - fraction.count % 4) % 4)
    weight = Int16(whole.count / 4 - 1)
    var group: Int16 = 0
    for (position, byte) in (whole + fraction).utf8.enumerated() {
      group = group * 10 + Int16(byte) - 48
      if position % 4 == 3 {
        digits.append(group)
        group = 0
      }
    }
    while digits.first == 0 {
      digits.removeFirst()
      weight -= 1
    }
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { weight = 0 }
  }

  /// From the wire; nil is NaN.
  init?(_ bytes: RawSpan) throws(PostgresDecodingError.Problem) {
    var reader = WireReader()
    let count = try reader.read(Int16.self, from: bytes)
    weight = try reader.read(from: bytes)
    let sign = try reader.read(UInt16.self, from: bytes)
    scale = try reader.read(from: bytes)
    switch sign {
    case 0: break
    case Self.negative: isNegative = true
    case Self.nan: return nil
    default: throw .unsupported("an infinite number")
    }
    guard count >= 0 else { throw .malformed("\(count) digits") }
    for _ in 0..<count { digits.append(try reader.read(from: bytes)) }
  }

  func encode(into buffer: inout PostgresBuffer) {
    buffer.write(Int16(digits.count))
    buffer.write(weight)
    buffer.write(isNegative ? Self.negative : 0)
    buffer.write(scale)
    for digit in digits { buffer.write(digit) }
  }

  /// Plain decimal notation without zeros that carry nothing, and the number of its significant digits.
  var decimal: (digits: Int, text: String) {
    func padded(_ digit: Int16) -> String {
      let text = String(digit)
      return String(repeating: "0", count: 4 - text.count) + text
    }
    let wholeGroups = Int(weight) + 1
    var whole = digits.prefix(max(wholeGroups, 0)).map(padded).joined()
    whole += String(repeating: "0", count: max(wholeGroups - digits.count, 0) * 4)
    var fraction = String(repeating: "0", count: max(-wholeGroups, 0) * 4)
    fraction += digits.dropFirst(max(wholeGroups, 0)).map(padded).joined()
    while fraction.last == "0" { fraction.removeLast() }
    let leading = whole.prefix { $0 == "0" }
    whole.removeFirst(leading.count)
    var significant = Substring(whole + fraction)
    while significant.first == "0" { significant.removeFirst() }
    while significant.last == "0" { significant.removeLast() }
    let text = (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction)
    return (significant.count, (isNegative ? "-" : "") + text)
  }
}
