import HTTPTypes
import Hummingbird

/// The version of a resource as an entity tag: `"v3"`.
struct EntityTag: Sendable, Hashable, CustomStringConvertible {
  let version: Int

  var description: String { "\"v\(version)\"" }
}

extension Request {
  /// The version that an edit has to find; nil when any will do.
  ///
  /// A tag that no version can have (of another form, weak, or a list) never matches: it is the version 0.
  /// - Throws: `Problem` when the header is not written as an entity tag at all.
  func requiredVersion() throws -> Int? {
    guard let text = headers[.ifMatch]?.trimmingSpaces else { return nil }
    if text == "*" { return nil }
    guard text.hasPrefix("\"") || text.hasPrefix("W/\""), text.hasSuffix("\""), text.count > 2 else {
      throw Problem.badHeader(.ifMatch, expected: "\"v3\"")
    }
    guard text.hasPrefix("\"v"), let version = Int32(text.dropFirst(2).dropLast()), version > 0 else { return 0 }
    return Int(version)
  }

  /// Whether the caller has the representation already.
  func hasCurrent(_ tag: EntityTag) -> Bool {
    guard let text = headers[.ifNoneMatch] else { return false }
    let tags = text.split(separator: ",").map { $0.trimmingSpaces }
    return tags.contains { $0 == "*" || $0 == tag.description || $0 == "W/" + tag.description }
  }
}
