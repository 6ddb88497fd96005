import Almanac
import Community

/// Decodes the domain's drafts from JSON so that everything that is wrong can be said at once, each problem at its place.
///
/// A field that a type's coding keys do not list is a problem, at every depth. A value of a wrong type is noted and a
/// stand-in goes on in its place, so that what follows is looked at too; the stand-ins never get out, because decoding then
/// ends in `InvalidInput`.
enum StrictDecoding {
  /// - Parameter readOnly: names that the resource has but a caller cannot set.
  /// - Throws: `InvalidInput`.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from json: JSONValue, readOnly: Set<String> = []
  ) throws -> Value {
    let log = ProblemLog(readOnly: readOnly)
    do {
      let value = try log.decode(type, json, at: .root)
      if log.problems.isEmpty { return value }
    } catch is Refused {}
    throw InvalidInput(log.problems)
  }
}

/// Thrown where no stand-in can take a value's place. What is wrong has been noted.
struct Refused: Error {}

/// What was found wrong so far, at most one thing per place.
final class ProblemLog {
  private(set) var problems: [FieldProblem] = []
  private var places: Set<JSONPointer> = []
  private let readOnly: Set<String>

  init(readOnly: Set<String>) {
    self.readOnly = readOnly
  }

  func note(_ place: JSONPointer, _ code: FieldProblem.Code, limit: String? = nil, actual: String? = nil) {
    guard places.insert(place).inserted else { return }
    problems.append(FieldProblem(place.description, code, limit: limit, actual: actual))
  }

  func noteUnknown(_ name: String, in object: JSONPointer, known: [String]) {
    if object == .root, readOnly.contains(name) {
      note(object.appending(name), .readOnly)
    } else {
      note(object.appending(name), .unknownField, limit: known.sorted().joined(separator: ", "))
    }
  }

  func decode<Value: Decodable>(_ type: Value.Type, _ json: JSONValue, at place: JSONPointer) throws -> Value {
    if let primitive = type as? any JSONPrimitive.Type {
      guard let value = read(primitive, json, at: place) as? Value else { throw Refused() }
      return value
    }
    if notesUnknownName(type, json, at: place) { return try standIn(for: type) }
    do {
      return try Value(from: JSONDecoding(json: json, place: place, log: self))
    } catch let error as RecurrenceError {
      error.note(in: self, json, at: place)
    } catch is DecodingError {
      note(place, .malformed, limit: (type as? any WrittenForm.Type)?.example, actual: json.string)
    }
    throw Refused()
  }

  private func read<Primitive: JSONPrimitive>(
    _ type: Primitive.Type, _ json: JSONValue, at place: JSONPointer
  ) -> Primitive {
    do throws(FieldProblem.Code) {
      return try Primitive(json: json)
    } catch {
      switch error {
      case .wrongType: note(place, error, limit: Primitive.typeName, actual: json.typeName)
      default: note(place, error, limit: Primitive.allowed)
      }
      return Primitive.standIn
    }
  }

  /// Enumerations with names say which names there are.
  private func notesUnknownName(_ type: Any.Type, _ json: JSONValue, at place: JSONPointer) -> Bool {
    guard let names = (type as? any NamedCases.Type).map({ namesOfCases($0) }) else { return false }
    guard let text = json.string else {
      note(place, .wrongType, limit: "string", actual: json.typeName)
      return true
    }
    guard !names.contains(text) else { return false }
    note(place, .unknownValue, limit: names.joined(separator: ", "), actual: text)
    return true
  }

  /// What goes on in place of a value that is wrong or missing.
  /// - Throws: `Refused` where there is nothing.
  func standIn<Value>(for type: Value.Type) throws -> Value {
    let primitive = (type as? any JSONPrimitive.Type)?.standIn
    let name = (type as? any NamedCases.Type).flatMap { firstCase($0) }
    guard let value = (primitive ?? name) as? Value else { throw Refused() }
    return value
  }
}

/// An enumeration whose cases have names in JSON.
private typealias NamedCases = CaseIterable & RawRepresentable<String>

private func namesOfCases<Names: CaseIterable & RawRepresentable<String>>(_ type: Names.Type) -> [String] {
  type.allCases.map(\.rawValue)
}

private func firstCase<Names: CaseIterable>(_ type: Names.Type) -> Any? {
  type.allCases.first
}

extension FieldProblem.Code: Error {}
