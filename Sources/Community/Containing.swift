import Foundation
import Postgres

/// What a column holds somewhere in it, whatever the case of letters.
///
/// Names are short and Chinese has no words to index, so the rows are read: with `like` a hundred thousand names in some
/// ten milliseconds, with `ilike`, which is left to texts that have letters of two cases, in four times as many. An index
/// over the characters' pairs was no faster where it mattered, and took five times as long to fill.
struct Containing {
  private let pattern: String
  private let hasCase: Bool

  /// Nil when there is nothing to look for.
  init?(_ text: String?) {
    guard let text = text?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
    let escaped = ["\\", "%", "_"].reduce(text) { $0.replacing($1, with: "\\" + $1) }
    pattern = "%\(escaped)%"
    hasCase = text.lowercased() != text.uppercased()
  }

  func condition(on column: SQL) -> SQL {
    hasCase ? "\(column) ilike \(pattern)" : "\(column) like \(pattern)"
  }
}
