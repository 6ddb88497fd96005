import Foundation

/// Writes values as the API's JSON: names as the types have them, instants in UTC, members in the order of their names.
enum JSONOutput {
  static func bytes(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { instant, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(Timestamp.text(instant))
    }
    return try encoder.encode(value)
  }
}

extension JSONValue {
  /// The JSON of a value, as it would be answered.
  init(encoding value: some Encodable) throws {
    self = try JSONParser.parse(Array(try JSONOutput.bytes(value)))
  }
}
