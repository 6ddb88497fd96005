import Foundation
import LocalServers

/// The faults of the trial: what falls on one worker, on the API, on Redis, on Postgres. A further fault is a further value
/// in the line of what it hits, so that it does not meet the others of that line, or a line of its own in `all`.
extension FaultLine {
  /// All lines for a stage with its processes.
  ///
  /// - Parameter haste: by how much the pauses are shorter than in the long trial.
  static func all(on stage: FaultStage, _ postings: Postings, haste: Double) async -> [FaultLine] {
    let workers = await stage.seats.map { worker($0, on: stage, pause: (5 / haste)...(18 / haste)) }
    return workers + [
      api(stage, pause: (20 / haste)...(60 / haste)),
      redis(stage, pause: (10 / haste)...(40 / haste)),
      postgres(stage, postings, pause: (30 / haste)...(90 / haste)),
    ]
  }

  // MARK: - A worker

  static func worker(_ seat: WorkerSeat, on stage: FaultStage, pause: ClosedRange<Double>) -> FaultLine {
    FaultLine(
      name: "worker \(seat.number)",
      faults: [
        killed(seat, stage), frozen(seat, stage), frozenForLong(seat, stage), cutFromRedis(seat), cutFromPostgres(seat),
        clockOff(seat),
      ], pause: pause)
  }

  private static func killed(_ seat: WorkerSeat, _ stage: FaultStage) -> Fault {
    Fault(name: "worker_killed", weight: 5) { random, tally in
      await tally.mayLeaveUnknown(stage.underWay(in: try await seat.kill()))
      try await Task.sleep(for: random.duration(0...4))
      try await seat.start()
    }
  }

  /// Mostly longer than a lease.
  private static func frozen(_ seat: WorkerSeat, _ stage: FaultStage) -> Fault {
    Fault(name: "worker_frozen", weight: 5) { random, tally in
      try await seat.freeze(for: random.duration(1...8)) { await tally.mayLeaveUnknown(stage.underWay(in: $0)) }
    }
  }

  private static func frozenForLong(_ seat: WorkerSeat, _ stage: FaultStage) -> Fault {
    Fault(name: "worker_frozen_45_s") { _, tally in
      try await seat.freeze(for: .seconds(45)) { await tally.mayLeaveUnknown(stage.underWay(in: $0)) }
    }
  }

  private static func cutFromRedis(_ seat: WorkerSeat) -> Fault {
    Fault(name: "cut_from_redis", weight: 4) { random, _ in try await cut(seat.redis, &random) }
  }

  private static func cutFromPostgres(_ seat: WorkerSeat) -> Fault {
    Fault(name: "cut_from_postgres", weight: 4) { random, _ in try await cut(seat.postgres, &random) }
  }

  /// Cuts a link in one of the ways in which networks break: packets vanish and are sent again, packets vanish and the
  /// connections are gone afterwards, connections are refused, everything is slow.
  private static func cut(_ link: Link, _ random: inout SeededRandom) async throws {
    let time = random.duration(2...8)
    switch Int.random(in: 0...3, using: &random) {
    case 0, 1: link.set(.silent)
    case 2: link.set(.refusing)
    default: link.set(.slow(.milliseconds(150)))
    }
    try await Task.sleep(for: time)
    if Bool.random(using: &random) { link.reset() }
    link.set(.open)
  }

  /// Ten minutes ahead or behind, while the worker runs.
  private static func clockOff(_ seat: WorkerSeat) -> Fault {
    Fault(name: "clock_off", weight: 3) { random, _ in
      try seat.clock.set(ahead: Bool.random(using: &random) ? 600 : -600)
      try await Task.sleep(for: random.duration(3...12))
      try seat.clock.set(ahead: 0)
    }
  }

  // MARK: - The rest

  static func api(_ stage: FaultStage, pause: ClosedRange<Double>) -> FaultLine {
    FaultLine(
      name: "api",
      faults: [
        Fault(name: "api_killed") { random, _ in try await stage.restartAPI(downtime: random.duration(0...3)) }
      ], pause: pause)
  }

  static func redis(_ stage: FaultStage, pause: ClosedRange<Double>) -> FaultLine {
    let redis = stage.redis
    return FaultLine(
      name: "redis",
      faults: [
        Fault(name: "redis_restarted") { random, _ in
          try await redis.restart(keepingData: true, downtime: random.duration(0...4))
        },
        Fault(name: "redis_lost_its_data") { random, _ in
          try await redis.restart(keepingData: false, downtime: random.duration(0...4))
        },
        Fault(name: "redis_emptied", weight: 2) { _, _ in try RedisCommandLine.run(["FLUSHALL"], on: redis) },
        Fault(name: "redis_full", weight: 2) { random, _ in try await fill(redis, for: random.duration(3...8)) },
      ], pause: pause)
  }

  /// Sets the limit of memory below what is in use.
  private static func fill(_ redis: LocalRedis, for time: Duration) async throws {
    try RedisCommandLine.run(["CONFIG", "SET", "maxmemory", "1"], on: redis)
    try await Task.sleep(for: time)
    try RedisCommandLine.run(["CONFIG", "SET", "maxmemory", "0"], on: redis)
  }

  static func postgres(_ stage: FaultStage, _ postings: Postings, pause: ClosedRange<Double>) -> FaultLine {
    let postgres = stage.postgres
    return FaultLine(
      name: "postgres",
      faults: [
        Fault(name: "postgres_crashed", weight: 3) { random, _ in
          try await postgres.restart(immediate: true, downtime: random.duration(0...3))
        },
        Fault(name: "postgres_hung") { random, _ in
          await postgres.pause()
          try? await Task.sleep(for: random.duration(1...5))
          await postgres.resume()
        },
        Fault(name: "postgres_restored") { random, tally in
          try await Restoration(stage: stage, postings: postings).strike(&random, tally)
        },
      ], pause: pause)
  }
}
