/// Where a span stands: in which trace, and which span it is. Written as a `traceparent` header.
/// https://www.w3.org/TR/trace-context/#traceparent-header
struct TraceParent: Hashable, Sendable {
  static let header = "traceparent"

  /// 32 hexadecimal digits.
  let trace: String
  /// 16 hexadecimal digits.
  let span: String
  /// Whoever began the trace wants it to be recorded.
  let isSampled: Bool

  /// The first span of a new trace.
  init() {
    trace = Self.random(digits: 32)
    span = Self.random(digits: 16)
    isSampled = true
  }

  /// A new span below another one.
  init(below parent: TraceParent) {
    trace = parent.trace
    span = Self.random(digits: 16)
    isSampled = parent.isSampled
  }

  /// Reads a header; nil when it is malformed. Of later versions what the first one has is read.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
      let version = Self.digits(bytes[0..<2]), version != "ff",
      bytes.count == 55 || version != "00" && bytes[55] == Self.dash,
      let trace = Self.digits(bytes[3..<35]), trace.contains(where: { $0 != "0" }),
      let span = Self.digits(bytes[36..<52]), span.contains(where: { $0 != "0" }),
      let flags = Self.digits(bytes[53..<55]).flatMap({ UInt8($0, radix: 16) })
    else { return nil }
    self.trace = trace
    self.span = span
    isSampled = flags & 1 == 1
  }

  /// The header's value, in its first version and with the one flag that it has.
  var text: String { "00-\(trace)-\(span)-\(isSampled ? "01" : "00")" }

  private static let dash = UInt8(ascii: "-")

  /// The digits as text if they are hexadecimal and of lower case.
  private static func digits(_ bytes: ArraySlice<UInt8>) -> String? {
    let areDigits = bytes.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
    return areDigits ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// Not all zero, which would be no id.
  private static func random(digits: Int) -> String {
    (0..<digits / 16).map { _ in
      let text = String(UInt64.random(in: 1 ... .max), radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
  }
}
