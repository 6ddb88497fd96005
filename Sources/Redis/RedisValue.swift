/// An answer of the server (RESP2).
public enum RedisValue: Sendable, Hashable {
  /// No value: a key that does not exist, a pop that found nothing.
  case null
  /// A number.
  case integer(Int)
  /// A short text that says how it went, mostly `OK`.
  case status(String)
  /// A string: any bytes.
  case bytes([UInt8])
  /// A list of answers.
  case array([RedisValue])
  /// An error inside of a list (what a script or EXEC may hold). An error that is the whole answer is thrown instead.
  case error(RedisServerError)
}

extension RedisValue {
  /// Whether there is no value.
  public var isNull: Bool { self == .null }

  /// A string's bytes; nil for every other kind.
  public var bytes: [UInt8]? {
    guard case .bytes(let bytes) = self else { return nil }
    return bytes
  }

  /// The text of a string or status, a number in decimal; nil for every other kind and for bytes that are not UTF-8.
  public var string: String? {
    switch self {
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    case .status(let text): text
    case .integer(let number): String(number)
    case .null, .array, .error: nil
    }
  }

  /// A number, or a string that reads as one (Redis keeps counters as strings); nil otherwise.
  public var integer: Int? {
    switch self {
    case .integer(let number): number
    case .bytes, .status: string.flatMap { Int($0) }
    case .null, .array, .error: nil
    }
  }

  /// A list's elements; nil for every other kind.
  public var array: [RedisValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }
}
