/// Text is sent without a type, so that the server takes it for what the place asks for: text, an enum, a date, an interval.
/// Where the place asks for nothing (`format('%s', …)`, `… IS NULL`), write a cast: `\(name)::text`.
extension String: PostgresEncodable, PostgresDecodable {
  /// Inferred by the server.
  public static var postgresType: PostgresType { .unspecified }

  /// Text, since the server may take it for any type.
  public static var postgresFormat: PostgresFormat { .text }

  /// Writes UTF-8.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(self)
  }

  /// Reads text, a name, JSON, or a type of the application or an extension whose binary form is its text, as an enum's.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> String {
    switch type {
    case .text, .varchar, .bpchar, .name, .json: return try utf8(bytes)
    case .jsonb: return String(decoding: try JSON.text(of: bytes), as: UTF8.self)
    case let type where type.isUserDefined || others.contains(type.rawValue): return try utf8(bytes)
    default: throw .mismatch
    }
  }

  /// `"char"`, a literal that nothing has given a type, and `void`, what a function returns that returns nothing.
  private static let others: Set<UInt32> = [18, 705, 2_278]

  private static func utf8(_ bytes: RawSpan) throws(PostgresDecodingError.Problem) -> String {
    guard let text = bytes.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
      throw .malformed("not UTF-8")
    }
    return text
  }
}
