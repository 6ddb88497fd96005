import NIOConcurrencyHelpers

/// A Lua script that the server keeps and runs by its hash.
///
/// Make it once and keep it (a static constant): the hash, which the server computes at first use, stays with it. Keep
/// what it answers flat: lists nested more than seven deep cannot be read and cost the connection.
public struct RedisScript: Sendable {
  /// The script's Lua text.
  public let source: String

  private let knownHash = NIOLockedValueBox<String?>(nil)

  /// A script with this text, not yet known to any server.
  public init(_ source: String) {
    self.source = source
  }

  /// SHA-1 of the source in hexadecimal, once a server has told it. It depends on nothing but the source.
  public internal(set) var sha1: String? {
    get { knownHash.withLockedValue { $0 } }
    nonmutating set { knownHash.withLockedValue { $0 = newValue } }
  }
}
