import Foundation

/// Something that happened and may be told.
public struct Happening: Sendable, Hashable {
  let type: EventType
  /// The text of a JSON object.
  let data: String

  /// What happened to things with these ids and in these states. A value that is nil is left out; a number stays one.
  ///
  /// A field that the type does not have is a mistake of the program.
  public init(_ type: EventType, _ values: [EventField: (any CustomStringConvertible)?]) throws {
    precondition(values.keys.allSatisfy(type.fields.contains), "\(type.rawValue) has no such field")
    let pairs: [(String, Any)] = values.compactMap { field, value in
      value.map { (field.rawValue, $0 is Int ? $0 : "\($0)") }
    }
    let object = Dictionary(uniqueKeysWithValues: pairs)
    self.type = type
    data = String(
      decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
  }
}
