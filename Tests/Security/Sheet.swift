import Foundation

/// The sheet that goes through the OWASP ASVS item by item.
///
/// Ids and levels are those of the standard. Its sentences belong to others: what an item is about is said in our words.
struct Sheet {
  /// How far an item is met.
  enum Status: String, CaseIterable {
    case met
    case partly
    case open
    case notApplicable = "not applicable"
  }

  /// A row of the sheet.
  struct Item {
    let line: Int
    let id: String
    let level: String
    let what: String
    let status: String
    let pointers: [String]
    let note: String
  }

  static let columns = ["id", "level", "what", "status", "shown_by", "note"]

  let items: [Item]

  /// Reads separated values; each item is one line.
  init(csv text: String) throws(Unreadable) {
    let lines = text.split(separator: "\n").map(String.init)
    guard let header = lines.first, try Self.cells(of: header, line: 1) == Self.columns else {
      throw Unreadable(line: 1)
    }
    var items: [Item] = []
    for (index, text) in lines.enumerated().dropFirst() {
      let cells = try Self.cells(of: text, line: index + 1)
      guard cells.count == Self.columns.count else { throw Unreadable(line: index + 1) }
      items.append(
        Item(
          line: index + 1, id: cells[0], level: cells[1], what: cells[2], status: cells[3],
          pointers: cells[4].split(separator: " ").map(String.init), note: cells[5]))
    }
    self.items = items
  }

  private static func cells(of text: String, line: Int) throws(Unreadable) -> [String] {
    var cells = [""]
    var isQuoted = false
    var rest = text[...]
    while let character = rest.popFirst() {
      switch (character, isQuoted) {
      case ("\"", true) where rest.first == "\"": cells[cells.count - 1].append(rest.removeFirst())
      case ("\"", _): isQuoted.toggle()
      case (",", false): cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    guard !isQuoted else { throw Unreadable(line: line) }
    return cells
  }

  /// A line that is no row of the sheet.
  struct Unreadable: Error, Equatable {
    let line: Int
  }
}

/// An item of the standard.
struct StandardItem: Hashable {
  let id: String
  let level: String

  /// Reads one `id level` a line.
  static func list(_ text: String) -> [StandardItem] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: " ").map(String.init)
      return StandardItem(id: parts[0], level: parts.count > 1 ? parts[1] : "")
    }
  }
}
