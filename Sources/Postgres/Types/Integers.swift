extension PostgresEncodable where Self: FixedWidthInteger {
  /// Writes the integer in network byte order.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(self)
  }
}

extension PostgresDecodable where Self: FixedWidthInteger {
  /// Reads a column of any integer type; a value that does not fit is an error.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Self {
    let value: Int64 =
      switch type {
      case .int8: try bytes.integer(Int64.self)
      case .int4: Int64(try bytes.integer(Int32.self))
      case .int2: Int64(try bytes.integer(Int16.self))
      case .oid: Int64(try bytes.integer(UInt32.self))
      default: throw .mismatch
      }
    guard let exact = Self(exactly: value) else { throw .outOfRange("\(value)") }
    return exact
  }
}

extension Int: PostgresEncodable, PostgresDecodable {
  /// `bigint`
  public static var postgresType: PostgresType { .int8 }
}

extension Int64: PostgresEncodable, PostgresDecodable {
  /// `bigint`
  public static var postgresType: PostgresType { .int8 }
}

extension Int32: PostgresEncodable, PostgresDecodable {
  /// `integer`
  public static var postgresType: PostgresType { .int4 }
}

extension Int16: PostgresEncodable, PostgresDecodable {
  /// `smallint`
  public static var postgresType: PostgresType { .int2 }
}
