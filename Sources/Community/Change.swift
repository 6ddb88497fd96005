/// What an edit says of one field: that it stays, is emptied, or gets a value. In JSON (RFC 7396) the field is absent, null
/// or there.
public enum Change<Value: Sendable & Hashable>: Sendable, Hashable {
  /// It stays.
  case keep
  /// It is emptied.
  case clear
  /// It gets this value.
  case set(Value)

  /// The new value; nil when it stays or is emptied.
  public var value: Value? { if case .set(let value) = self { value } else { nil } }

  /// Whether it becomes another.
  public var isChange: Bool { self != .keep }
}

extension KeyedDecodingContainer {
  func change<Value: Decodable>(_ type: Value.Type = Value.self, forKey key: Key) throws -> Change<Value> {
    guard contains(key) else { return .keep }
    if try decodeNil(forKey: key) { return .clear }
    return try decodeIfPresent(Value.self, forKey: key).map { .set($0) } ?? .keep
  }
}
