/// An array of one dimension; of bytes, a `bytea`.
extension Array: PostgresEncodable where Element: PostgresEncodable {
  /// The array type of the element's type.
  public static var postgresType: PostgresType { Element.postgresArrayType }

  /// Writes the array.
  public func encode(into buffer: inout PostgresBuffer) {
    Element.encodeArray(self, into: &buffer)
  }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
  /// Reads an array of one dimension.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> [Element] {
    try Element.decodeArray(bytes, from: type)
  }
}
