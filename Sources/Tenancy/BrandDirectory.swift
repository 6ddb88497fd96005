import Foundation
import Identifiers

/// Remembers brands for a minute, so that every run of the queue does not ask for its brand again. What it holds of a
/// brand (schema, role, cell, key) changes only when a brand is moved or re-wrapped, which waits for that minute.
actor BrandDirectory {
  private struct Entry {
    let brand: Brand
    let until: ContinuousClock.Instant
  }

  private static let lifetime = Duration.seconds(60)
  private let store: BrandStore
  private var entries: [ID<Brand>: Entry] = [:]

  init(store: BrandStore) {
    self.store = store
  }

  func brand(_ id: ID<Brand>) async throws -> Brand? {
    if let entry = entries[id], entry.until > .now { return entry.brand }
    let brand = try await store.brand(id)
    entries[id] = brand.map { Entry(brand: $0, until: .now + Self.lifetime) }
    return brand
  }
}
