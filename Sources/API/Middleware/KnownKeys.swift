import Crypto
import Foundation
import NIOConcurrencyHelpers
import Tenancy

/// Looks keys up and remembers good ones for a few seconds, no longer: a revoked key has to stop working soon.
final class KnownKeys: Sendable {
  private struct Entry {
    let record: APIKeyRecord
    let until: ContinuousClock.Instant
  }

  /// So many agencies at once are far more than a process serves; beyond it everything is looked up anew.
  private static let most = 10_000

  private let store: APIKeyStore
  private let memory: Duration
  /// By the key's digest: a dump of the memory shows no key.
  private let entries = NIOLockedValueBox<[Data: Entry]>([:])
  private let noted = NIOLockedValueBox<[Data: ContinuousClock.Instant]>([:])

  init(_ store: APIKeyStore, memory: Duration) {
    self.store = store
    self.memory = memory
  }

  func record(of text: String) async throws -> APIKeyRecord? {
    let digest = Data(SHA256.hash(data: Data(text.utf8)))
    if let entry = entries.withLockedValue({ $0[digest] }), entry.until > .now { return entry.record }
    guard let record = try await store.record(of: text) else {
      entries.withLockedValue { $0[digest] = nil }
      return nil
    }
    entries.withLockedValue { entries in
      if entries.count >= Self.most { entries.removeAll() }
      entries[digest] = Entry(record: record, until: .now + memory)
    }
    if isFirstUseThisMinute(digest) {
      // That a key was used is good to know, but no request fails for it.
      try? await store.noteUse(of: record.id)
    }
    return record
  }

  private func isFirstUseThisMinute(_ digest: Data) -> Bool {
    noted.withLockedValue { noted in
      if let last = noted[digest], last > .now - .seconds(60) { return false }
      if noted.count >= Self.most { noted.removeAll() }
      noted[digest] = .now
      return true
    }
  }
}
