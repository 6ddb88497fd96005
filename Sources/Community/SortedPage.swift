public import Foundation
import Postgres

/// A stretch of a list in an order of the reader's choice. It goes on after the last row seen, by that row's own value and
/// id, so that it holds its place whatever comes, goes or changes meanwhile.
public struct SortedPageRequest<Order: Sendable & Hashable>: Sendable, Hashable {
  /// The last row seen.
  public struct Place: Sendable, Hashable {
    /// What the list is ordered by; empty where the id alone orders it.
    public let value: String
    /// The row's id.
    public let id: UUID

    /// A place in a list.
    public init(value: String, id: UUID) {
      self.value = value
      self.id = id
    }
  }

  /// By what.
  public let order: Order
  /// Whether the greatest comes first.
  public let isDescending: Bool
  /// How many at most.
  public let limit: Int
  /// The last row seen; nil for the first page.
  public let after: Place?

  /// A request for a page.
  public init(by order: Order, isDescending: Bool = false, limit: Int, after: Place? = nil) {
    self.order = order
    self.isDescending = isDescending
    self.limit = limit
    self.after = after
  }

  /// One row more than asked for tells whether another page follows.
  var fetch: Int { limit + 1 }

  func page<Item: Sendable>(of items: [Item]) -> Page<Item> {
    Page(items: Array(items.prefix(limit)), hasMore: items.count > limit)
  }

  /// What follows the place in a list that the key orders.
  func rest(by key: SQL, than place: SQL) -> SQL { isDescending ? "\(key) < \(place)" : "\(key) > \(place)" }

  var direction: SQL { isDescending ? "desc" : "asc" }
}
