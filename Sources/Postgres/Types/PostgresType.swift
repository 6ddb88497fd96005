/// The number (OID) by which the server knows a type.
public struct PostgresType: RawRepresentable, Hashable, Sendable {
  /// The OID in `pg_type`.
  public let rawValue: UInt32

  /// A type by its OID.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Left to the server to infer from where the parameter stands.
  public static let unspecified = PostgresType(rawValue: 0)
  /// `boolean`
  public static let bool = PostgresType(rawValue: 16)
  /// `bytea`
  public static let bytea = PostgresType(rawValue: 17)
  /// `name`, the type of identifiers in the catalogue
  public static let name = PostgresType(rawValue: 19)
  /// `bigint`
  public static let int8 = PostgresType(rawValue: 20)
  /// `smallint`
  public static let int2 = PostgresType(rawValue: 21)
  /// `integer`
  public static let int4 = PostgresType(rawValue: 23)
  /// `text`
  public static let text = PostgresType(rawValue: 25)
  /// `oid`
  public static let oid = PostgresType(rawValue: 26)
  /// `json`
  public static let json = PostgresType(rawValue: 114)
  /// `real`
  public static let float4 = PostgresType(rawValue: 700)
  /// `double precision`
  public static let float8 = PostgresType(rawValue: 701)
  /// `character(n)`
  public static let bpchar = PostgresType(rawValue: 1042)
  /// `character varying(n)`
  public static let varchar = PostgresType(rawValue: 1043)
  /// `date`
  public static let date = PostgresType(rawValue: 1082)
  /// `timestamp with time zone`
  public static let timestamptz = PostgresType(rawValue: 1184)
  /// `numeric`
  public static let numeric = PostgresType(rawValue: 1700)
  /// `uuid`
  public static let uuid = PostgresType(rawValue: 2950)
  /// `jsonb`
  public static let jsonb = PostgresType(rawValue: 3802)

  private static let arrays: [PostgresType: UInt32] = [
    .bool: 1000, .bytea: 1001, .name: 1003, .int2: 1005, .int4: 1007, .text: 1009, .bpchar: 1014, .varchar: 1015,
    .int8: 1016, .float4: 1021, .float8: 1022, .oid: 1028, .date: 1182, .timestamptz: 1185, .numeric: 1231,
    .json: 199, .uuid: 2951, .jsonb: 3807, .unspecified: 1009,
  ]

  /// The type of an array of this type; unspecified where the driver does not know it.
  public var array: PostgresType {
    PostgresType(rawValue: Self.arrays[self] ?? 0)
  }

  /// Whether the type belongs to an extension or to the application (an enum, a domain, citext and so on).
  var isUserDefined: Bool { rawValue >= 16_384 }
}

/// How a value crosses the wire.
public enum PostgresFormat: Int32, Sendable {
  /// As the server prints it.
  case text = 0
  /// As the server keeps it, in network byte order.
  case binary = 1
}
