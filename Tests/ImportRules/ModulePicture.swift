import Foundation

/// The picture of the modules that `Sources/README.md` draws.
struct ModulePicture {
  struct Row {
    let module: String
    let ours: Set<String>
    let others: Set<String>
  }

  /// The modules in the order of the page: each may import only from above.
  let rows: [Row]
  /// What may be imported everywhere.
  let everywhere: Set<String>
  /// The names of the packages that the page gives a reason and a licence for, with the modules they bring.
  let dependencies: [String: Set<String>]

  struct Unreadable: Error {
    let reason: String
  }

  init(markdown: String) throws {
    let tables = MarkdownTable.all(in: markdown)
    guard let modules = tables.first(where: { $0.columns.contains("May import (ours)") }),
      let packages = tables.first(where: { $0.columns.contains("Dependency") })
    else { throw Unreadable(reason: "a table is missing, or its columns have other names") }

    let all = try modules.rows.map { row in
      Row(
        module: try row.cell("Module"), ours: Self.names(try row.cell("May import (ours)")),
        others: Self.names(try row.cell("May import (others)")))
    }
    everywhere = all.filter { $0.module == "*every module*" }.reduce(into: []) { $0.formUnion($1.others) }
    rows = all.filter { $0.module != "*every module*" }
    var dependencies: [String: Set<String>] = [:]
    for row in packages.rows {
      for column in ["Why", "Licence"] where try row.cell(column).isEmpty {
        throw Unreadable(reason: "\(try row.cell("Dependency")) has nothing under \(column)")
      }
      dependencies[try row.cell("Dependency")] = Self.names(try row.cell("Modules of it"))
    }
    self.dependencies = dependencies
  }

  func row(of module: String) -> Row? { rows.first { $0.module == module } }

  /// Every module of ours that a module can reach.
  func reach(of module: String) -> Set<String> {
    (row(of: module)?.ours ?? []).reduce(into: []) { $0.formUnion(reach(of: $1).union([$1])) }
  }

  private static func names(_ cell: String) -> Set<String> {
    Set(cell.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
  }
}

/// A table of a Markdown page.
struct MarkdownTable {
  struct Row {
    fileprivate let cells: [String: String]

    func cell(_ column: String) throws -> String {
      guard let text = cells[column] else { throw ModulePicture.Unreadable(reason: "a row has no cell \(column)") }
      return text
    }
  }

  let columns: [String]
  let rows: [Row]

  static func all(in markdown: String) -> [MarkdownTable] {
    markdown.split(separator: "\n", omittingEmptySubsequences: false).split { !$0.hasPrefix("|") }
      .map { lines in
        let cells = lines.map { line in
          line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
            .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        // The second line draws the rule below the heads.
        return MarkdownTable(
          columns: cells[0],
          rows: cells.dropFirst(2).map { Row(cells: Dictionary(zip(cells[0], $0)) { first, _ in first }) })
      }
  }
}
