public import FoundationEssentials

/// A JSON document, kept as its UTF-8 bytes; a `jsonb` for the server. It goes into a column of type `json` too, with its
/// keys in `jsonb`'s order.
public struct JSON: Sendable, Hashable {
  /// The document's UTF-8.
  public let bytes: [UInt8]

  /// A document from its text. The server refuses what is not JSON.
  public init(text: String) {
    bytes = Array(text.utf8)
  }

  /// A document from its bytes. The server refuses what is not JSON.
  public init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The document of a value.
  public init(encoding value: some Encodable, with encoder: JSONEncoder = JSONEncoder()) throws {
    bytes = Array(try encoder.encode(value))
  }

  /// The document's text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The value that the document holds.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, with decoder: JSONDecoder = JSONDecoder()
  ) throws -> Value {
    try decoder.decode(type, from: Data(bytes))
  }
}

extension JSON: PostgresEncodable, PostgresDecodable {
  /// `jsonb`
  public static var postgresType: PostgresType { .jsonb }

  private static let version: UInt8 = 1

  /// Writes the version of the format and the text.
  public func encode(into buffer: inout PostgresBuffer) {
    buffer.write(Self.version)
    buffer.write(bytes: bytes)
  }

  /// Reads `jsonb` or `json`.
  public static func decode(
    _ bytes: RawSpan, from type: PostgresType
  ) throws(PostgresDecodingError.Problem) -> JSON {
    switch type {
    case .json: return JSON(bytes: bytes.withUnsafeBytes { Array($0) })
    case .jsonb: return JSON(bytes: try text(of: bytes))
    default: throw .mismatch
    }
  }
}

extension JSON {
  /// The text of a `jsonb`, without the version that stands before it.
  static func text(of bytes: RawSpan) throws(PostgresDecodingError.Problem) -> [UInt8] {
    let all = bytes.withUnsafeBytes { Array($0) }
    guard all.first == version else { throw .malformed("an unknown version of jsonb") }
    return Array(all.dropFirst())
  }
}
