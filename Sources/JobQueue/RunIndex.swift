public import Foundation
import Identifiers
public import Redis

/// The index of a cell's runs in Redis: what is ready, leased, or due within minutes. It may vanish at any moment and is
/// built again from Postgres; it decides nothing but who tries next.
public struct RunIndex: Sendable {
  /// Only runs due within this time are pushed; the sweep brings later ones when they come near.
  public static let horizon: TimeInterval = 600

  private let redis: RedisClient
  private let prefix: String
  private static let batch = 200

  /// The index of one cell. All its keys share a hash tag, so that they lie in one slot of a cluster.
  public init(_ redis: RedisClient, cell: String) {
    self.redis = redis
    prefix = "nq:{\(cell)}:"
  }

  /// Adds runs that Postgres holds as ready; what the index knows already stays as it is.
  public func push(_ runs: [Run]) async throws {
    let near = runs.filter { $0.dueAt.timeIntervalSinceNow < Self.horizon }
    for batch in near.chunks(of: Self.batch) {
      let arguments = batch.flatMap { run in
        ["\(run.id)", run.lane.name, "\(run.tenant)", "\(run.dueAt.millisecondsSince1970)"]
      }
      _ = try await self.run(.push, arguments)
    }
  }

  enum Reservation {
    /// The index is lost or was never built.
    case notWhole
    /// The runs, and how long until the next one comes due, if one is known.
    case runs([ID<Run>], nextDue: Duration?)
  }

  func reserve(
    upTo count: Int, for worker: String, lanes: [Lane], lease: Duration, generation: UUID
  ) async throws -> Reservation {
    let arguments = [generation.uuidString, worker, "\(count)", "\(lease.milliseconds)"] + lanes.map(\.name)
    let values = try await run(.reserve, arguments).array ?? []
    let next = values.first?.integer ?? -1
    if next == -2 { return .notWhole }
    let ids = values.dropFirst().compactMap { $0.string.flatMap { ID<Run>($0) } }
    return .runs(ids, nextDue: next < 0 ? nil : .milliseconds(next))
  }

  /// Waits until something is made ready in one of the lanes, at most `timeout`.
  func wait(for lanes: [Lane], atMost timeout: Duration) async throws {
    _ = try await redis.blockingPop(lanes.map { prefix + "wake:" + $0.name }, timeout: timeout)
  }

  enum Verb: String {
    case done
    case later
    case front
  }

  func settle(_ runs: [(id: ID<Run>, verb: Verb, due: Date?)], of worker: String) async throws {
    for batch in runs.chunks(of: Self.batch) {
      let arguments = batch.flatMap { ["\($0.id)", $0.verb.rawValue, "\($0.due?.millisecondsSince1970 ?? 0)"] }
      _ = try await run(.settle, [worker] + arguments)
    }
  }

  /// Extends leases and returns the runs whose lease the worker has lost.
  func extend(_ runs: [ID<Run>], of worker: String, lease: Duration) async throws -> [ID<Run>] {
    var lost: [ID<Run>] = []
    for batch in runs.chunks(of: Self.batch) {
      let answer = try await run(.extend, [worker, "\(lease.milliseconds)"] + batch.map { "\($0)" })
      lost += (answer.array ?? []).compactMap { $0.string.flatMap { ID<Run>($0) } }
    }
    return lost
  }

  /// Makes runs ready again whose lease has expired; returns how many.
  func reap() async throws -> Int {
    try await run(.reap, []).integer ?? 0
  }

  func restore(_ runs: [(Run, worker: String)], lease: Duration) async throws {
    for batch in runs.chunks(of: Self.batch) {
      let arguments = batch.flatMap { ["\($0.0.id)", $0.0.lane.name, "\($0.0.tenant)", $0.worker] }
      _ = try await run(.restore, ["\(lease.milliseconds)"] + arguments)
    }
  }

  func carries(_ generation: UUID) async throws -> Bool {
    try await redis.send(RedisCommand("GET", prefix + "generation")).string == generation.uuidString
  }

  func declareWhole(_ generation: UUID) async throws {
    _ = try await redis.send(RedisCommand("SET", prefix + "generation", generation.uuidString))
  }

  private func run(_ script: IndexScript, _ arguments: [String]) async throws -> RedisValue {
    try await redis.run(script.redis, keys: [prefix], arguments: arguments)
  }
}

extension Array {
  func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}

extension Date {
  var millisecondsSince1970: Int { Int((timeIntervalSince1970 * 1_000).rounded(.up)) }
}

extension Duration {
  var milliseconds: Int { Int(self / .milliseconds(1)) }
}
