/// Which statements a connection has prepared on its server, at most `limit`, the least recently used making room.
struct StatementCache {
  struct Name: Hashable, Sendable {
    let number: Int
    var text: String { "s\(number)" }
  }

  enum Plan: Hashable {
    /// Parse it for this one use.
    case unnamed
    /// Parse it under this name in the same unit, then use it.
    case prepare(Name)
    /// It is there.
    case reuse(Name)
  }

  private struct Entry {
    let name: Name
    let text: String
    let types: [PostgresType]
    var isReady: Bool
    var lastUse: Int
  }

  let limit: Int
  private var entries: [Entry] = []
  private var positions: [String: Int] = [:]
  private var uses = 0
  private var names = 0
  /// Statements that the server still has and that nobody will use again.
  private(set) var obsolete: [Name] = []

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { entries.count }

  mutating func plan(for statement: SQL) -> Plan {
    guard limit > 0 else { return .unnamed }
    uses += 1
    if let position = positions[statement.text] {
      guard entries[position].isReady,
        statement.parameters.elementsEqual(entries[position].types, by: { $0.type == $1 })
      else {
        // Still on its way in a unit that may fail before it, or bound to other types.
        return .unnamed
      }
      entries[position].lastUse = uses
      return .reuse(entries[position].name)
    }
    guard statement.isWorthPreparing, makeRoom() else { return .unnamed }
    names += 1
    let name = Name(number: names)
    positions[statement.text] = entries.count
    entries.append(
      Entry(
        name: name, text: statement.text, types: statement.parameters.map(\.type), isReady: false, lastUse: uses))
    return .prepare(name)
  }

  /// The server has it.
  mutating func confirm(_ name: Name) {
    guard let position = position(of: name) else { return }
    entries[position].isReady = true
  }

  /// The server refused or skipped it, so that it does not have it.
  mutating func reject(_ name: Name) {
    guard let position = position(of: name) else { return }
    remove(at: position)
  }

  /// The server has it but it is of no use any more.
  mutating func retire(_ name: Name) {
    guard let position = position(of: name) else { return }
    remove(at: position)
    obsolete.append(name)
  }

  /// Hands over the statements that the server should be told to forget.
  mutating func takeObsolete() -> [Name] {
    defer { obsolete.removeAll() }
    return obsolete
  }

  /// The server could not be told: another time.
  mutating func putBack(_ names: [Name]) {
    obsolete.append(contentsOf: names)
  }

  private mutating func makeRoom() -> Bool {
    guard entries.count >= limit else { return true }
    let candidates = entries.indices.filter { entries[$0].isReady }
    guard let oldest = candidates.min(by: { entries[$0].lastUse < entries[$1].lastUse }) else { return false }
    retire(entries[oldest].name)
    return true
  }

  private func position(of name: Name) -> Int? {
    entries.firstIndex { $0.name == name }
  }

  private mutating func remove(at position: Int) {
    positions[entries[position].text] = nil
    let last = entries.count - 1
    if position != last {
      entries.swapAt(position, last)
      positions[entries[position].text] = position
    }
    entries.removeLast()
  }
}

extension SQL {
  private static let preparable: Set<String> = [
    "select", "insert", "update", "delete", "with", "merge", "values", "table", "begin", "commit", "rollback",
  ]

  /// Whether the same text is likely to come again: commands that define things come once each.
  var isWorthPreparing: Bool {
    let keyword = text.utf8.drop { $0 <= 32 }.prefix { $0 | 32 >= UInt8(ascii: "a") && $0 | 32 <= UInt8(ascii: "z") }
    return Self.preparable.contains((Substring(keyword).lowercased()))
  }
}
