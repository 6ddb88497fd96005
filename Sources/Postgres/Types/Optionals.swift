/// Nil is NULL.
extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  /// The wrapped type's.
  public static var postgresType: PostgresType { Wrapped.postgresType }

  /// The wrapped type's.
  public static var postgresFormat: PostgresFormat { Wrapped.postgresFormat }

  /// The wrapped type's.
  public static var postgresArrayType: PostgresType { Wrapped.postgresType.array }

  /// Whether there is no value.
  public var isPostgresNull: Bool { self?.isPostgresNull ?? true }

  /// Writes the value.
  public func encode(into buffer: inout PostgresBuffer) {
    self?.encode(into: &buffer)
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  /// Reads the wrapped type.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> Wrapped? {
    try Wrapped.decode(bytes, from: type)
  }

  /// Nil.
  public static func decodeNull() throws(PostgresDecodingError.Problem) -> Wrapped? { nil }
}
