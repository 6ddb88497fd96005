import JobQueue
import Redis

@testable import JobQueue

/// All that the index holds, as the model sees it and as Redis has it.
struct IndexPicture: Equatable {
  /// Every run that the index knows, with "lane|tenant".
  var runs: [String: String] = [:]
  /// Runs that are not due, the next one first.
  var due: [String] = []
  /// Ready runs by "lane:tenant", oldest first.
  var ready: [String: [String]] = [:]
  /// Tenants with something ready, by lane, in their turn.
  var rings: [String: [String]] = [:]
  /// Leased runs and who holds them.
  var holders: [String: String] = [:]
  /// Tokens that wake workers, by lane.
  var tokens: [String: Int] = [:]
  var isWhole = true

  /// Runs that are in no place, or in more than one.
  var misplaced: [String] {
    var places: [String: Int] = runs.mapValues { _ in 0 }
    for run in due + ready.values.joined() + holders.keys { places[run, default: 0] += 1 }
    return places.filter { $0.value != 1 || runs[$0.key] == nil }.keys.sorted()
  }
}

extension Engine {
  /// The index of lanes and tenants; fails when the parts of it that say the same thing twice do not agree.
  func picture(lanes: [Lane], tenants: [String], generation: String) async throws -> IndexPicture {
    var picture = IndexPicture()
    picture.runs = try await pairs("HGETALL", "runs")
    picture.holders = try await pairs("HGETALL", "holders")
    picture.due = try await strings("ZRANGE", "due", 0, -1)
    picture.isWhole = try await redis("GET", "generation").string == generation
    let leases = try await strings("ZRANGE", "leases", 0, -1)
    guard leases.sorted() == picture.holders.keys.sorted() else { throw Disagreement(what: "leases and holders") }
    for lane in lanes.map(\.name) {
      for tenant in tenants {
        let runs = try await strings("LRANGE", "ready:\(lane):\(tenant)", 0, -1)
        if !runs.isEmpty { picture.ready["\(lane):\(tenant)"] = runs }
      }
      let ring = try await strings("LRANGE", "ring:\(lane)", 0, -1)
      if !ring.isEmpty { picture.rings[lane] = ring }
      let ringed = try await strings("SMEMBERS", "ringed:\(lane)")
      guard ring.sorted() == ringed.sorted() else { throw Disagreement(what: "ring and ringed of \(lane)") }
      picture.tokens[lane] = try await redis("LLEN", "wake:\(lane)").integer
    }
    return picture
  }

  struct Disagreement: Error {
    let what: String
  }

  private func strings(_ command: String, _ key: String, _ numbers: Int...) async throws -> [String] {
    let command =
      numbers.isEmpty ? try await redis(command, key) : try await redis(command, key, numbers[0], numbers[1])
    return (command.array ?? []).compactMap(\.string)
  }

  private func pairs(_ command: String, _ key: String) async throws -> [String: String] {
    let values = try await strings(command, key)
    return Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: values.count - 1, by: 2).map { (values[$0], values[$0 + 1]) })
  }
}
