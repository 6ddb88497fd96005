/// A column that a kind of sheet knows.
protocol SheetField: Hashable, CaseIterable, RawRepresentable, Sendable where RawValue == String {
  /// The names under which the column is found; the first is the one that is shown to people.
  var names: [String] { get }
  /// Columns of which a sheet needs at least one.
  static var needed: [Self] { get }
}

/// The first row of a sheet that has text.
struct SheetHeader<Field: SheetField> {
  let separator: SheetSeparator
  /// The texts of all its cells.
  let cells: [String]
  private(set) var positions: [Field: Int] = [:]
  /// The text of each known column.
  private(set) var names: [Field: String] = [:]
  /// The texts that are no known column.
  private(set) var ignored: [String] = []

  /// Finds the header and leaves the reader behind it. The separator is the one that finds most known columns.
  static func find(in text: String) throws(SheetError) -> (DelimitedText, SheetHeader) {
    var best: (reader: DelimitedText, separator: SheetSeparator, cells: [String], known: Int)?
    var failure = SheetError.empty
    for separator in SheetSeparator.allCases {
      var reader = DelimitedText(text, separator: separator)
      do {
        guard let cells = try firstRecord(&reader) else { continue }
        let known = Set(cells.compactMap { Field.of($0) }).count
        if known > best?.known ?? -1 { best = (reader, separator, cells, known) }
      } catch {
        // Quotes may be broken by one separator's reading and whole by another's.
        failure = error
      }
    }
    guard let best else { throw failure }
    return (best.reader, try SheetHeader(best.cells, separator: best.separator))
  }

  private static func firstRecord(_ reader: inout DelimitedText) throws(SheetError) -> [String]? {
    while let record = try reader.next() {
      let cells = record.cells.map(\.trimmedCell)
      if !cells.allSatisfy(\.isEmpty) { return cells }
    }
    return nil
  }

  private init(_ cells: [String], separator: SheetSeparator) throws(SheetError) {
    self.separator = separator
    self.cells = cells
    for (position, name) in cells.enumerated() where !name.isEmpty {
      guard let field = Field.of(name) else {
        ignored.append(name)
        continue
      }
      if let earlier = names[field] { throw .repeatedColumn(field: field.rawValue, headers: [earlier, name]) }
      (positions[field], names[field]) = (position, name)
    }
    guard Field.needed.contains(where: { positions[$0] != nil }) else {
      throw .missingColumn(
        field: Field.needed.map(\.rawValue).joined(separator: "/"), accepted: Field.needed.flatMap(\.names))
    }
  }
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
