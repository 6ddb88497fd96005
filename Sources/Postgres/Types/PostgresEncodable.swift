/// A value that can be bound to a parameter of a statement.
///
/// A type of the application conforms most easily as a `RawRepresentable` whose raw value conforms: the requirements then
/// have their implementations.
public protocol PostgresEncodable: Sendable {
  /// The type that the server is told. `.unspecified` lets it infer the type from where the parameter stands.
  static var postgresType: PostgresType { get }

  /// How `encode(into:)` writes. Everything but text is binary.
  static var postgresFormat: PostgresFormat { get }

  /// The type of an array of these.
  static var postgresArrayType: PostgresType { get }

  /// Whether this is SQL's NULL; `encode(into:)` is not called then.
  var isPostgresNull: Bool { get }

  /// Writes the value's bytes, without a length.
  func encode(into buffer: inout PostgresBuffer)

  /// Writes an array of these, without a length.
  static func encodeArray(_ elements: [Self], into buffer: inout PostgresBuffer)
}

extension PostgresEncodable {
  /// Binary.
  public static var postgresFormat: PostgresFormat { .binary }

  /// What the server's catalogue has for `postgresType`.
  public static var postgresArrayType: PostgresType { postgresType.array }

  /// False: only an optional can be NULL.
  public var isPostgresNull: Bool { false }

  /// Writes an array of one dimension, or an empty one.
  public static func encodeArray(_ elements: [Self], into buffer: inout PostgresBuffer) {
    let type = postgresType == .unspecified ? PostgresType.text : postgresType
    buffer.write(Int32(elements.isEmpty ? 0 : 1))
    buffer.write(Int32(elements.contains { $0.isPostgresNull } ? 1 : 0))
    buffer.write(type.rawValue)
    guard !elements.isEmpty else { return }
    buffer.write(Int32(elements.count))
    buffer.write(Int32(1))
    for element in elements {
      if element.isPostgresNull {
        buffer.write(Int32(-1))
      } else {
        buffer.writeWithLength { element.encode(into: &$0) }
      }
    }
  }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
  /// The raw value's type.
  public static var postgresType: PostgresType { RawValue.postgresType }

  /// The raw value's format.
  public static var postgresFormat: PostgresFormat { RawValue.postgresFormat }

  /// The type of an array of raw values.
  public static var postgresArrayType: PostgresType { RawValue.postgresArrayType }

  /// Writes the raw value.
  public func encode(into buffer: inout PostgresBuffer) {
    rawValue.encode(into: &buffer)
  }
}
