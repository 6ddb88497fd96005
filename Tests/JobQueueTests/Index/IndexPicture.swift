import JobQueue
import Redis
import TestSupport

@testable import JobQueue

/// All that the index holds, as the model sees it and as Redis has it: by key, without the prefix.
struct IndexPicture: Equatable {
  /// Every run that the index knows, with its place and, behind `@`, who holds it.
  var runs: [String: String] = [:]
  /// Lists and sorted sets in their order; those that are empty are left out.
  var orders: [String: [String]] = [:]
  /// Counts and who passes which gate.
  var values: [String: String] = [:]

  /// What differs, Redis first.
  func differences(from other: IndexPicture) -> [String] {
    let (mine, theirs) = (entries, other.entries)
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { key in
      mine[key] == theirs[key] ? nil : "\(key): \(mine[key] ?? "–"), not \(theirs[key] ?? "–")"
    }
  }

  private var entries: [String: String] {
    runs.merging(values) { first, _ in first }.merging(orders.mapValues { "\($0)" }) { first, _ in first }
  }

  /// Runs that are in no place, or in more than one, but for those that left entries behind when they were taken out.
  func misplaced(butFor forgotten: Set<String> = []) -> [String] {
    var places: [String: Int] = runs.mapValues { $0.contains("@") ? 1 : 0 }
    for (key, entries) in orders where ["due", "line:", "held:", "asleep:"].contains(where: key.hasPrefix) {
      for run in entries { places[run, default: 0] += 1 }
    }
    return places.filter { ($0.value != 1 || runs[$0.key] == nil) && !forgotten.contains($0.key) }.keys.sorted()
  }
}

extension IndexModel {
  var picture: IndexPicture {
    var picture = IndexPicture()
    for (run, entry) in known { picture.runs[run] = entry.place + (holders[run].map { "@" + $0 } ?? "") }
    let byTime = { (steps: [String: Int]) in steps.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) }
    picture.orders["due"] = byTime(due)
    picture.orders["shut"] = byTime(shut)
    for (line, runs) in lines { picture.orders["line:\(line.flow.key):\(line.source)"] = runs }
    for (flow, tags) in sources { picture.orders["sources:\(flow.key)"] = tags.sorted.map(\.name) }
    for (ring, tags) in rings {
      picture.orders["ring:\(ring.lane):\(ring.runClass.rawValue)"] = tags.sorted.map(\.name)
    }
    for (ring, tags) in owed {
      // What is past is as good as forgotten.
      let time = clocks[ring.lane]?.times[ring.runClass] ?? 0
      picture.orders["owed:\(ring.lane):\(ring.runClass.rawValue)"] = tags.sorted.filter { $0.tag > time }.map(\.name)
    }
    for (gate, runs) in held { picture.orders["held:\(gate)"] = runs }
    for (pause, runs) in asleep { picture.orders["asleep:\(pause)"] = runs }
    picture.orders = picture.orders.filter { !$0.value.isEmpty }
    for tenant in Set(holders.keys.compactMap { known[$0]?.line.flow.tenant }) {
      picture.values["inflight \(tenant)"] = "\(flights(of: tenant))"
    }
    for (gate, run) in gates { picture.values["gates \(gate)"] = run }
    for key in tokens { picture.values[key] = "1" }
    picture.values["ticks"] = "\(ticks)"
    picture.values["whole"] = "\(isWhole)"
    return picture
  }
}

extension IndexModel.Flow {
  fileprivate var key: String { "\(lane):\(runClass.rawValue):\(tenant)" }
}

extension Engine {
  /// The index; fails when the parts of it that say the same thing twice do not agree.
  func picture(generation: String) async throws -> IndexPicture {
    var picture = IndexPicture()
    for key in try await keys() {
      switch key.split(separator: ":").first ?? "" {
      case "runs": picture.runs = try await pairs(key)
      case "due", "shut", "sources", "ring": picture.orders[key] = try await strings("ZRANGE", key, 0, -1)
      case "head": try await show(heads: try await pairs(key), of: String(key.dropFirst("head:".count)), in: &picture)
      case "line": picture.orders[key, default: []] += try await strings("LRANGE", key, 0, -1)
      case "held", "asleep": picture.orders[key] = try await strings("LRANGE", key, 0, -1)
      case "inflight", "gates":
        for (field, value) in try await pairs(key) where !field.isEmpty { picture.values["\(key) \(field)"] = value }
      case "wake", "urgent", "calm": picture.values[key] = try await redis("LLEN", key).integer.map { "\($0)" }
      case "ticks": picture.values[key] = try await redis("GET", key).string
      case "leases", "clock", "cost", "weights", "generation", "naps": break
      default: throw Disagreement(what: "an unknown key \(key)")
      }
    }
    picture.values["ticks"] = picture.values["ticks"] ?? "0"
    picture.values["whole"] = "\(try await redis("GET", "generation").string == generation)"
    let leased = picture.runs.filter { $0.value.contains("@") }.keys
    guard try await strings("ZRANGE", "leases", 0, -1).sorted() == leased.sorted() else {
      throw Disagreement(what: "leases and runs")
    }
    return picture
  }

  /// A head stands before its line and is the only one of its tenant's sources, or says what the tenant owes.
  private func show(heads: [String: String], of ring: String, in picture: inout IndexPicture) async throws {
    let (lane, runClass) = (ring.split(separator: ":")[0], ring.split(separator: ":")[1])
    let time = try await redis("HGET", "clock:\(lane)", "now:\(runClass)").string.flatMap { Double($0) } ?? 0
    var (waiting, owed): (Set<String>, Tags) = ([], Tags())
    for (tenant, head) in heads where !tenant.isEmpty {
      let parts = head.dropFirst().split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard head.first != "=" else {
        if let tag = Double(parts[0]), tag > time { owed.set(tenant, tag) }
        continue
      }
      waiting.insert(tenant)
      guard head != "*" else { continue }
      let (line, sources) = ("line:\(ring):\(tenant):\(parts[1])", "sources:\(ring):\(tenant)")
      picture.orders[line] = [parts[0]] + (picture.orders[line] ?? [])
      picture.orders[sources] = [parts[1]]
      let (isFollowed, hasSources) = (try await isThere(line), try await isThere(sources))
      guard head.first == "+" || !isFollowed, !hasSources else {
        throw Disagreement(what: "the head \(head) and what stands in lines")
      }
    }
    if !owed.isEmpty { picture.orders["owed:\(ring)"] = owed.sorted.map(\.name) }
    guard waiting == Set(try await strings("ZRANGE", "ring:\(ring)", 0, -1)) else {
      throw Disagreement(what: "heads and ring")
    }
  }

  private func isThere(_ key: String) async throws -> Bool { try await redis("EXISTS", key).integer == 1 }

  struct Disagreement: Error {
    let what: String
  }

  /// The index's keys without their prefix.
  private func keys() async throws -> [String] {
    let keys = try await deployment.redis.send(RedisCommand("KEYS", prefix + "*")).array ?? []
    return keys.compactMap(\.string).map { String($0.dropFirst(prefix.count)) }
  }

  private func strings(_ command: String, _ key: String, _ numbers: Int...) async throws -> [String] {
    let command =
      numbers.isEmpty ? try await redis(command, key) : try await redis(command, key, numbers[0], numbers[1])
    return (command.array ?? []).compactMap(\.string)
  }

  private func pairs(_ key: String) async throws -> [String: String] {
    let values = try await strings("HGETALL", key)
    return Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: values.count - 1, by: 2).map { (values[$0], values[$0 + 1]) })
  }
}
