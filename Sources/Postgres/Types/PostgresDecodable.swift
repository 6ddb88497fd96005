/// A value that can be read from a column.
public protocol PostgresDecodable {
  /// Reads the value from the bytes of a column of the given type.
  ///
  /// - Parameter bytes: the value in the server's binary format; valid during the call only.
  static func decode(_ bytes: RawSpan, from type: PostgresType) throws(PostgresDecodingError.Problem) -> Self

  /// What SQL's NULL becomes; an error unless the type is optional.
  static func decodeNull() throws(PostgresDecodingError.Problem) -> Self

  /// Reads an array of these.
  static func decodeArray(_ bytes: RawSpan, from type: PostgresType) throws(PostgresDecodingError.Problem) -> [Self]
}

extension PostgresDecodable {
  /// An error: only an optional can be NULL.
  public static func decodeNull() throws(PostgresDecodingError.Problem) -> Self {
    throw .null
  }

  /// Reads an array of one dimension, or an empty one.
  public static func decodeArray(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> [Self] {
    var reader = WireReader()
    let dimensions = try reader.read(Int32.self, from: bytes)
    _ = try reader.read(Int32.self, from: bytes)
    let element = PostgresType(rawValue: try reader.read(UInt32.self, from: bytes))
    guard dimensions != 0 else { return [] }
    guard dimensions == 1 else { throw .unsupported("an array of \(dimensions) dimensions") }
    let count = Int(try reader.read(Int32.self, from: bytes))
    _ = try reader.read(Int32.self, from: bytes)
    guard count >= 0, count <= bytes.byteCount / 4 else { throw .malformed("an array of \(count) elements") }
    var elements: [Self] = []
    elements.reserveCapacity(count)
    for _ in 0..<count {
      let length = Int(try reader.read(Int32.self, from: bytes))
      if length < 0 {
        elements.append(try decodeNull())
      } else {
        let range = try reader.take(length, from: bytes)
        elements.append(try decode(bytes.extracting(range), from: element))
      }
    }
    return elements
  }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
  /// Reads the raw value; a raw value that the type does not have is an error.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Self {
    let rawValue = try RawValue.decode(bytes, from: type)
    guard let value = Self(rawValue: rawValue) else { throw .unknownValue("\(rawValue)") }
    return value
  }
}
