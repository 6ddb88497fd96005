import Crypto
import Foundation

/// The ids of the files that robots have already: an id is good for three days and for the robot that uploaded it.
actor MediaCache {
  /// One file of one robot.
  struct Key: Hashable, Sendable {
    let account: String
    let digest: [UInt8]

    init(account: ChannelAccount, name: String, bytes: [UInt8]) {
      self.account = account.fingerprint
      var hash = SHA256()
      // The name's length keeps a name and its bytes apart from another name and other bytes.
      hash.update(data: Data("\(name.utf8.count):\(name)".utf8))
      hash.update(data: bytes)
      digest = Array(hash.finalize())
    }
  }

  private struct Entry {
    let id: String
    let expires: ContinuousClock.Instant
  }

  /// A day short of WeCom's three, so that an id never ends between look-up and use.
  static let lifetime: Duration = .seconds(2 * 86_400)
  static let capacity = 10_000

  private var entries: [Key: Entry] = [:]

  func id(of key: Key) -> String? {
    guard let entry = entries[key] else { return nil }
    guard entry.expires > .now else {
      entries[key] = nil
      return nil
    }
    return entry.id
  }

  func remember(_ id: String, for key: Key) {
    if entries.count >= Self.capacity, let oldest = entries.min(by: { $0.value.expires < $1.value.expires }) {
      entries[oldest.key] = nil
    }
    entries[key] = Entry(id: id, expires: .now + Self.lifetime)
  }

  func forget(_ key: Key) {
    entries[key] = nil
  }
}
