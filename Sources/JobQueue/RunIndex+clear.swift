import Foundation
import Redis

extension RunIndex {
  /// Takes keys away while the one who empties the index is still the one who says so.
  private static let unlink = RedisScript(
    """
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
    return redis.call('UNLINK', unpack(KEYS, 2))
    """)

  /// Empties the index, some keys at a time, for another life of it.
  ///
  /// Of two who empty it at once the one who began last goes on, and the other gets `NotWhole`: what he still has to
  /// take away, or a command of his that comes late, would leave the other's index with holes.
  func clear(for generation: UUID) async throws {
    _ = try await redis.send(RedisCommand("SET", prefix + "emptying", generation.uuidString))
    try await unlink([prefix + "generation"], for: generation)
    var cursor = "0"
    repeat {
      let answer =
        try await redis.send(
          RedisCommand("SCAN", cursor, "MATCH", prefix.escapingPattern + "*", "COUNT", "1000")
        ).array ?? []
      cursor = answer.first?.string ?? "0"
      let keys = (answer.last?.array ?? []).compactMap(\.string).filter { $0 != prefix + "emptying" }
      // A page can be larger than what a script may unpack.
      for batch in keys.chunks(of: 1_000) { try await unlink(Array(batch), for: generation) }
    } while cursor != "0"
    // Should this process end before, the index is not whole, and the next one begins again.
    try await unlink([prefix + "emptying"], for: generation)
  }

  /// Takes keys away; throws `NotWhole` when somebody else empties the index by now.
  func unlink(_ keys: [String], for generation: UUID) async throws {
    let answer = try await redis.run(
      Self.unlink, keys: [prefix + "emptying"] + keys, arguments: [generation.uuidString])
    if answer.integer == -1 { throw NotWhole() }
  }
}

extension String {
  /// As part of a pattern of Redis that means itself.
  fileprivate var escapingPattern: String {
    reduce(into: "") { text, character in
      if "*?[]\\^".contains(character) { text.append("\\") }
      text.append(character)
    }
  }
}
