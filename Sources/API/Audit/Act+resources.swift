import Foundation
import Postgres
import Tenancy

/// What the audit says of a thing that the API shows.
extension Act {
  /// What an act never shows of a thing: what changes with every edit, and what must not be kept.
  private static let left: Set<String> = ["id", "version", "created_at", "updated_at", "secret", "password", "webhook"]

  /// A thing was made.
  static func created(_ thing: some Encodable) throws -> Act {
    let shown = try JSONValue(encoding: thing)
    return Act("\(kind(of: thing)).created", subject(thing, shown), after: try document(shown.object ?? [:]))
  }

  /// A thing was changed: the fields that are not what they were.
  static func changed<Thing: Encodable>(_ name: String, from before: Thing, to after: Thing) throws -> Act {
    let (old, new) = (try JSONValue(encoding: before), try JSONValue(encoding: after))
    let (was, is_) = (old.object ?? [:], new.object ?? [:])
    let changed = Set(was.keys).union(is_.keys).filter { was[$0] != is_[$0] }
    return Act(
      "\(kind(of: after)).\(name)", subject(after, new), before: try document(was.filter { changed.contains($0.key) }),
      after: try document(is_.filter { changed.contains($0.key) }))
  }

  /// A thing of which no more than its id is told.
  static func on(_ kind: String, _ id: some CustomStringConvertible, _ name: String, after: [String: JSONValue]? = nil)
    throws -> Act
  {
    Act("\(kind).\(name)", Act.Subject(kind, id: "\(id)"), after: try after.map(document))
  }

  /// The type's name as the audit writes it: `plan`, `daily_record`.
  private static func kind(of thing: some Encodable) -> String {
    var name = "\(type(of: thing))"
    if name.hasSuffix("Body") { name = String(name.dropLast(4)) }
    return name.enumerated().reduce(into: "") { text, letter in
      if letter.element.isUppercase, letter.offset > 0 { text += "_" }
      text += letter.element.lowercased()
    }
  }

  private static func subject(_ thing: some Encodable, _ shown: JSONValue) -> Act.Subject {
    Act.Subject(
      kind(of: thing), id: shown["id"]?.string ?? "", name: shown["name"]?.string ?? shown["title"]?.string)
  }

  private static func document(_ fields: [String: JSONValue]) throws -> JSON {
    JSON(bytes: Array(try JSONOutput.bytes(JSONValue.object(fields.filter { !left.contains($0.key) }))))
  }
}
