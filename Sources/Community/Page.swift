public import Foundation

/// A stretch of a list that is ordered by a key: it goes on after the last key seen, so that rows which come and go
/// meanwhile neither repeat nor hide others.
public struct PageRequest: Sendable, Hashable {
  /// How many at most.
  public let limit: Int
  /// The id of the last row seen; nil for the first page.
  public let after: UUID?

  /// A request for a page.
  public init(limit: Int, after: UUID?) {
    self.limit = limit
    self.after = after
  }

  /// One row more than asked for tells whether another page follows.
  var fetch: Int { limit + 1 }

  /// Where rows begin: ids of version 7 are all greater than the nil UUID.
  var place: UUID { after ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }

  func page<Item: Sendable>(of items: [Item]) -> Page<Item> {
    Page(items: Array(items.prefix(limit)), hasMore: items.count > limit)
  }
}

/// One page of a list.
public struct Page<Item: Sendable>: Sendable {
  /// The rows.
  public let items: [Item]
  /// Whether another page follows.
  public let hasMore: Bool

  /// A page.
  public init(items: [Item], hasMore: Bool) {
    self.items = items
    self.hasMore = hasMore
  }
}
