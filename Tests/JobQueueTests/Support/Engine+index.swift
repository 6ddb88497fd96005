import Foundation
import Identifiers
import JobQueue
import Redis
import TestSupport

@testable import JobQueue

extension Engine {
  private static let forget = RedisScript(
    "local keys = redis.call('KEYS', KEYS[1] .. '*') for _, key in ipairs(keys) do redis.call('DEL', key) end return #keys"
  )

  /// What a FLUSHALL does, to this cell's keys alone: the server is shared. Returns how many keys there were.
  @discardableResult
  func loseIndex() async throws -> Int {
    try await deployment.redis.run(Self.forget, keys: [prefix]).integer ?? 0
  }

  /// Makes the index usable without a worker.
  func declareIndexWhole() async throws {
    try await index.declareWhole(store.generation().id)
  }

  func redis(_ command: String, _ key: String, _ arguments: any RedisArgument...) async throws -> RedisValue {
    try await deployment.redis.send(RedisCommand(command, arguments: [prefix + key] + arguments))
  }

  /// Who holds the run's lease.
  func holder(of run: ID<Run>) async throws -> String? {
    try await redis("HGET", "runs", "\(run)").string?.split(separator: "@").dropFirst().first.map(String.init)
  }

  /// Gives the run's lease to another worker, as after a reap and a reservation.
  func handOver(_ run: ID<Run>, to worker: String) async throws {
    let place = try await redis("HGET", "runs", "\(run)").string?.split(separator: "@").first ?? ""
    _ = try await redis("HSET", "runs", "\(run)", "\(place)@\(worker)")
  }

  /// When the run's lease expires, in milliseconds of the server's time.
  func leaseExpiry(of run: ID<Run>) async throws -> Int? {
    try await redis("ZSCORE", "leases", "\(run)").integer
  }

  func isKnown(_ run: ID<Run>) async throws -> Bool {
    try await redis("HEXISTS", "runs", "\(run)").integer == 1
  }

  /// Reserves runs of the errands' lane.
  func reserve(_ count: Int, for worker: String, lease: Duration = .seconds(60)) async throws -> [ID<Run>] {
    let wish = ReservationWish(count: count, lanes: [.errands], lease: lease)
    let reservation = try await index.reserve(wish, for: worker, generation: store.generation().id)
    guard case .runs(let runs, _, _) = reservation else {
      throw GaveUpWaiting(description: "the index is not whole")
    }
    return runs
  }

  /// What a worker leaves behind that takes a run and is killed.
  func vanish(with run: ID<Run>, as worker: String = "vanished", lease: Duration = .milliseconds(1)) async throws {
    try await eventually("\(run) is reserved") {
      _ = try await index.reap()
      return try await reserve(1, for: worker, lease: lease) == [run]
    }
    guard try await store.start([run], worker: worker).started.map(\.id) == [run] else {
      throw GaveUpWaiting(description: "the run \(run) was not started")
    }
  }
}
