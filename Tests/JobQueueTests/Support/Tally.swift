import NIOConcurrencyHelpers

/// Counts what tasks report.
final class Tally<Element: Hashable & Sendable>: Sendable {
  private let box = NIOLockedValueBox<[Element: Int]>([:])

  /// Returns how often it was added, with this time.
  @discardableResult
  func add(_ element: Element) -> Int {
    box.withLockedValue {
      $0[element, default: 0] += 1
      return $0[element] ?? 0
    }
  }

  var counts: [Element: Int] { box.withLockedValue { $0 } }
  var total: Int { counts.values.reduce(0, +) }
}
