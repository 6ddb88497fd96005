/// Writes a command the way Redis reads it: an array of bulk strings.
public struct RedisCommandEncoder: Sendable {
  private(set) var bytes: [UInt8] = []

  init(reserving capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  /// Appends one argument that consists of these bytes.
  public mutating func append(_ argument: some Collection<UInt8>) {
    appendHeader("$", argument.count)
    bytes.append(contentsOf: argument)
    endLine()
  }

  /// Appends one argument that consists of the text's UTF-8.
  public mutating func append(_ argument: String) {
    var argument = argument
    argument.withUTF8 { append($0) }
  }

  /// Appends one argument: the number in decimal.
  public mutating func append(_ argument: some FixedWidthInteger & SignedInteger) {
    appendHeader("$", Self.length(of: argument))
    appendDecimal(argument)
    endLine()
  }

  mutating func appendCount(_ count: Int) {
    appendHeader("*", count)
  }

  private mutating func appendHeader(_ kind: Unicode.Scalar, _ count: Int) {
    bytes.append(UInt8(truncatingIfNeeded: kind.value))
    appendDecimal(count)
    endLine()
  }

  private mutating func endLine() {
    bytes.append(UInt8(ascii: "\r"))
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func appendDecimal(_ number: some FixedWidthInteger & SignedInteger) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  private static func length(of number: some FixedWidthInteger & SignedInteger) -> Int {
    var length = number < 0 ? 2 : 1
    var rest = number.magnitude / 10
    while rest > 0 {
      length += 1
      rest /= 10
    }
    return length
  }
}
