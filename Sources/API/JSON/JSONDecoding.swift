import Community

/// The decoder that a type's `init(from:)` reads from.
struct JSONDecoding: Decoder {
  let json: JSONValue
  let place: JSONPointer
  let log: ProblemLog

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = json.object else { throw refusal(of: "object") }
    if let known = (type as? any (CaseIterable & CodingKey).Type).map({ namesOfKeys($0) }) {
      for name in members.keys.sorted() where !known.contains(name) { log.noteUnknown(name, in: place, known: known) }
    }
    return KeyedDecodingContainer(ObjectDecoding(members: members, place: place, log: log))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = json.array else { throw refusal(of: "array") }
    return ArrayDecoding(elements: elements, place: place, log: log)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ScalarDecoding(json: json, place: place, log: log)
  }

  private func refusal(of wanted: String) -> Refused {
    log.note(place, .wrongType, limit: wanted, actual: json.typeName)
    return Refused()
  }
}

private func namesOfKeys<Keys: CaseIterable & CodingKey>(_ type: Keys.Type) -> [String] {
  type.allCases.map(\.stringValue)
}

private struct ObjectDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let members: [String: JSONValue]
  let place: JSONPointer
  let log: ProblemLog

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

  func decodeNil(forKey key: Key) throws -> Bool {
    guard let member = members[key.stringValue] else {
      throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "no such member"))
    }
    return member == .null
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let place = place.appending(key.stringValue)
    guard let member = members[key.stringValue], member != .null else {
      log.note(place, .required)
      return try log.standIn(for: type)
    }
    return try log.decode(type, member, at: place)
  }

  /// An optional value that is wrong is noted and left out, so that the fields after it are looked at too.
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    guard let member = members[key.stringValue], member != .null else { return nil }
    do {
      return try log.decode(type, member, at: place.appending(key.stringValue))
    } catch is Refused {
      return nil
    }
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoding(of: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoding(of: key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { JSONDecoding(json: .object(members), place: place, log: log) }

  func superDecoder(forKey key: Key) throws -> any Decoder { decoding(of: key) }

  private func decoding(of key: Key) -> JSONDecoding {
    JSONDecoding(json: members[key.stringValue] ?? .null, place: place.appending(key.stringValue), log: log)
  }
}

private struct ArrayDecoding: UnkeyedDecodingContainer {
  let elements: [JSONValue]
  let place: JSONPointer
  let log: ProblemLog
  private(set) var currentIndex = 0

  init(elements: [JSONValue], place: JSONPointer, log: ProblemLog) {
    self.elements = elements
    self.place = place
    self.log = log
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex == elements.count }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let next = try nextDecoding()
    return try log.decode(type, next.json, at: next.place)
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    try nextDecoding().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try nextDecoding().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try nextDecoding() }

  private mutating func nextDecoding() throws -> JSONDecoding {
    guard !isAtEnd else {
      log.note(place.appending(currentIndex), .required)
      throw Refused()
    }
    defer { currentIndex += 1 }
    return JSONDecoding(json: elements[currentIndex], place: place.appending(currentIndex), log: log)
  }
}

private struct ScalarDecoding: SingleValueDecodingContainer {
  let json: JSONValue
  let place: JSONPointer
  let log: ProblemLog

  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { json == .null }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try log.decode(type, json, at: place)
  }
}
