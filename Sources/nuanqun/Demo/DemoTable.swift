/// The demo's summary as a table for a terminal.
struct DemoTable {
  struct Row {
    let brand: String
    let count: DeliveryCount
    let seconds: Double
  }

  let rows: [Row]

  var text: String {
    var lines = [Self.line(["brand", "planned", "delivered", "skipped", "failed", "unknown", "seconds"])]
    for row in rows { lines.append(Self.line(cells(row.brand, row.count, row.seconds))) }
    let total = rows.map(\.count).reduce(DeliveryCount(planned: 0), +)
    lines.append(Self.line(cells("all", total, rows.map(\.seconds).max() ?? 0)))
    let reasons = total.skipped.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
    if !reasons.isEmpty { lines.append("skipped: \(reasons.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }

  private func cells(_ name: String, _ count: DeliveryCount, _ seconds: Double) -> [String] {
    [
      name, "\(count.planned)", "\(count.delivered)", "\(count.skipped.values.reduce(0, +))", "\(count.failed)",
      "\(count.unknown)", "\((seconds * 10).rounded() / 10)",
    ]
  }

  private static func line(_ cells: [String]) -> String {
    cells.enumerated().map { index, cell in
      let width = index == 0 ? 24 : 10
      let space = String(repeating: " ", count: max(width - columns(of: cell), 0))
      return index == 0 ? cell + space : space + cell
    }.joined()
  }

  /// A Chinese character takes two columns of a terminal.
  private static func columns(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 2 : 1) }
  }
}
