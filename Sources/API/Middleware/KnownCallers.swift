import Crypto
import Foundation
import NIOConcurrencyHelpers
import Postgres
import Tenancy

/// Looks up what requests show, keys and sessions, and remembers good ones for a few seconds, no longer: what was revoked
/// has to stop working soon.
final class KnownCallers: Sendable {
  /// What was found.
  enum Found: Sendable {
    case key(APIKeyRecord)
    case session(SessionRecord)
  }

  private struct Entry {
    let found: Found
    let until: ContinuousClock.Instant
  }

  /// So many callers at once are far more than a process serves; beyond it everything is looked up anew.
  private static let most = 10_000

  private let keys: APIKeyStore
  private let sessions: SessionStore
  private let uses: UseNotes
  private let memory: Duration
  /// By the text's digest: a dump of the memory shows no key.
  private let entries = NIOLockedValueBox<[Data: Entry]>([:])
  private let noted = NIOLockedValueBox<[Data: ContinuousClock.Instant]>([:])

  init(_ tenancy: Tenancy, memory: Duration) {
    keys = APIKeyStore(tenancy.controlReads)
    sessions = SessionStore(tenancy.controlReads)
    uses = UseNotes(tenancy: tenancy)
    self.memory = memory
  }

  func found(_ text: String, from origin: Origin) async throws -> Found? {
    let digest = Data(SHA256.hash(data: Data(text.utf8)))
    if let entry = entries.withLockedValue({ $0[digest] }), entry.until > .now { return entry.found }
    guard let found = try await look(text) else {
      entries.withLockedValue { $0[digest] = nil }
      return nil
    }
    entries.withLockedValue { entries in
      if entries.count >= Self.most { entries.removeAll() }
      entries[digest] = Entry(found: found, until: .now + memory)
    }
    if isFirstUseThisMinute(digest) {
      // That it was used is good to know, but no request fails for it.
      try? await uses.noteUse(of: found, from: origin)
    }
    return found
  }

  /// Forgets what was found: it has just been changed or ended by this very process.
  func forget(_ text: String) {
    entries.withLockedValue { $0[Data(SHA256.hash(data: Data(text.utf8)))] = nil }
  }

  private func look(_ text: String) async throws -> Found? {
    if text.hasPrefix(SessionStore.prefix) { return try await sessions.record(of: text).map(Found.session) }
    return try await keys.record(of: text).map(Found.key)
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

/// Notes the use of what was shown.
struct UseNotes: Sendable {
  let tenancy: Tenancy

  func noteUse(of found: KnownCallers.Found, from origin: Origin) async throws {
    try await tenancy.control.transaction { transaction in
      switch found {
      case .key(let key): try await APIKeyStore(transaction).noteUse(of: key.id)
      case .session(let session): try await SessionStore(transaction).noteUse(of: session.id, from: origin)
      }
    }
  }
}
