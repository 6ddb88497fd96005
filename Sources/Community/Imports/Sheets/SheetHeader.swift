import Sheets

/// A column that a kind of sheet knows.
protocol SheetField: Hashable, CaseIterable, RawRepresentable, Sendable where RawValue == String {
  /// The names under which the column is found; the first is the one that is shown to people.
  var names: [String] { get }
  /// Whether its cells name something, so that each digit counts.
  var isID: Bool { get }
  /// Columns of which a sheet needs at least one.
  static var needed: [Self] { get }
}

extension SheetField {
  /// The column of that name, whatever its case, spaces, `_`, `-`, `*` and remarks in parentheses.
  static func of(_ header: String) -> Self? {
    let plain = plainName(header)
    return allCases.first { $0.names.contains { plainName($0) == plain } }
  }

  private static func plainName(_ header: String) -> String {
    let name = header.prefix { $0 != "(" && $0 != "（" }
    return String(name.lowercased().filter { !$0.isWhitespace && !"_-*＊:：".contains($0) })
  }
}

/// Which column of a sheet holds which field.
struct SheetColumns<Field: SheetField>: Sendable, Hashable {
  /// By field, counted from 0.
  let positions: [Field: Int]
  let header: [String]

  /// The columns that a person chose.
  ///
  /// - Throws: `SheetError.missingColumn`.
  init(_ positions: [Field: Int], of header: [String]) throws(SheetError) {
    self.positions = positions
    self.header = header
    guard Field.needed.contains(where: { positions[$0] != nil }) else {
      throw .missingColumn(
        field: Field.needed.map(\.rawValue).joined(separator: "/"), accepted: Field.needed.flatMap(\.names))
    }
  }

  /// The columns that the header names.
  ///
  /// - Throws: `SheetError.missingColumn`, `.repeatedColumn`.
  init(namedBy header: [String]) throws(SheetError) {
    var positions: [Field: Int] = [:]
    for (position, name) in header.enumerated() {
      guard !name.isEmpty, let field = Field.of(name) else { continue }
      if let earlier = positions[field] {
        throw .repeatedColumn(field: field.rawValue, headers: [header[earlier], name])
      }
      positions[field] = position
    }
    try self.init(positions, of: header)
  }

  /// What a header suggests; of several columns for one field the first.
  static func proposal(for header: [String]) -> [Field: Int] {
    var positions: [Field: Int] = [:]
    for (position, name) in header.enumerated() where !name.isEmpty {
      guard let field = Field.of(name), positions[field] == nil else { continue }
      positions[field] = position
    }
    return positions
  }

  /// The text of each column that is read.
  var names: [Field: String] { positions.mapValues { header[$0] } }

  /// The texts of the others.
  var ignored: [String] {
    let read = Set(positions.values)
    return header.enumerated().filter { !read.contains($0.offset) && !$0.element.isEmpty }.map(\.element)
  }
}
