public import FoundationEssentials

extension Bool: PostgresEncodable, PostgresDecodable {
  /// `boolean`
  public static var postgresType: PostgresType { .bool }

  /// Writes one byte.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(self ? 1 : 0 as UInt8)
  }

  /// Reads a `boolean`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Bool {
    guard type == .bool else { throw .mismatch }
    return try bytes.integer(UInt8.self) != 0
  }
}

extension Double: PostgresEncodable, PostgresDecodable {
  /// `double precision`
  public static var postgresType: PostgresType { .float8 }

  /// Writes the bits.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(bitPattern)
  }

  /// Reads `double precision` or `real`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Double {
    switch type {
    case .float8: return Double(bitPattern: try bytes.integer(UInt64.self))
    case .float4: return Double(Float(bitPattern: try bytes.integer(UInt32.self)))
    default: throw .mismatch
    }
  }
}

extension UUID: PostgresEncodable, PostgresDecodable {
  /// `uuid`
  public static var postgresType: PostgresType { .uuid }

  /// Writes the sixteen bytes.
  public func encode(into buffer: inout PostgresBuffer) {
    withUnsafeBytes(of: uuid) { buffer.write(bytes: $0) }
  }

  /// Reads a `uuid`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> UUID {
    guard type == .uuid else { throw .mismatch }
    guard bytes.byteCount == 16 else { throw .malformed("\(bytes.byteCount) bytes instead of 16") }
    // Sixteen bytes have no invalid bit pattern and their number is checked.
    return UUID(uuid: bytes.unsafeLoadUnaligned(as: uuid_t.self))
  }
}
