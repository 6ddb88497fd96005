public import FoundationEssentials

/// An array of `UInt8` is a `bytea`; a single one is a `smallint`.
extension UInt8: PostgresEncodable, PostgresDecodable {
  /// `smallint`, which is the narrowest that the server has.
  public static var postgresType: PostgresType { .int2 }

  /// `bytea`
  public static var postgresArrayType: PostgresType { .bytea }

  /// Writes a `smallint`.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(Int16(self))
  }

  /// Writes a `bytea`.
  public static func encodeArray(_ elements: [UInt8], into buffer: inout PostgresBuffer) {
    buffer.write(bytes: elements)
  }

  /// Reads a `bytea`.
  public static func decodeArray(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> [UInt8] {
    guard type == .bytea else { throw .mismatch }
    return bytes.withUnsafeBytes { Array($0) }
  }
}

extension Data: PostgresEncodable, PostgresDecodable {
  /// `bytea`
  public static var postgresType: PostgresType { .bytea }

  /// Writes the bytes.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(bytes: self)
  }

  /// Reads a `bytea`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Data {
    guard type == .bytea else { throw .mismatch }
    return bytes.withUnsafeBytes { Data($0) }
  }
}
