import Bench
import Foundation
import Identifiers
import JobQueue
import Polling
import Redis

/// The fast path: a worker that keeps no books.
extension QueueBench {
  /// A rate, microseconds for a job, and megabytes.
  struct Drain {
    let rate: Double
    let redis: Double
    /// The part of these for the enqueue.
    let enqueueing: Double
    let worker: Double
    let idleMemory: Double
    let memory: Double
    /// Commands in a second, once all was done.
    let idleCommands: Double

    var cost: Double { redis + worker }
  }

  /// Enqueues one by one, then lets a worker drain; a tenth more than are counted, so that the worker is warm.
  func fastDrain(tenants count: Int, jobs: Int) async throws -> Drain {
    let (index, generation) = try await freshIndex()
    let idleMemory = try await withWorker(["--generation", generation]) { process in
      try await Task.sleep(for: .seconds(1))
      return process.residentMegabytes
    }
    let total = jobs + jobs / 10
    let before = try await redisSeconds()
    try await enqueue(total, of: (0..<count).map { _ in ID<Tenant>() }, into: index)
    let enqueueing = (try await redisSeconds() - before) / Double(total)
    return try await withWorker(["--generation", generation]) { process in
      try await until { try await known() <= jobs }
      let (counted, start) = (Double(try await known()), ContinuousClock.now)
      let (cpu, redisBefore) = (process.cpuSeconds, try await redisSeconds())
      try await until { try await known() == 0 }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let draining = (try await redisSeconds() - redisBefore) / counted
      let worker = (process.cpuSeconds - cpu) / counted
      let memory = process.residentMegabytes
      // The last runs left tokens behind, each of which wakes the worker once more.
      try await Task.sleep(for: .seconds(2))
      let commands = try await redisCommands()
      try await Task.sleep(for: .seconds(5))
      // The look itself is a command.
      let idle = (try await redisCommands() - commands - 1) / 5
      return Drain(
        rate: counted / seconds, redis: (enqueueing + draining) * 1e6, enqueueing: enqueueing * 1e6,
        worker: worker * 1e6, idleMemory: idleMemory, memory: memory, idleCommands: idle)
    }
  }

  private func enqueue(_ total: Int, of tenants: [ID<Tenant>], into index: RunIndex) async throws {
    try await withThrowingTaskGroup { group in
      for lane in 0..<64 {
        group.addTask(executorPreference: PollingLoop.shared) {
          for number in stride(from: lane, to: total, by: 64) {
            try await index.push([Self.run(of: tenants[number % tenants.count])])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  static func run(of tenant: ID<Tenant>) -> Run {
    // As a run whose due time is its making, in a transaction that has ended since.
    Run(id: ID(), tenant: tenant, place: RunPlace(BenchRun.lane), dueAt: Date(timeIntervalSinceNow: -0.001))
  }

  /// Six hundred probes at forty a second, on an idle worker.
  func latency() async throws -> (p50: Double, p99: Double) {
    let (index, generation) = try await freshIndex()
    let path = try journal("latency")
    return try await withWorker(["--generation", generation, "--journal", path]) { _ in
      let tenants = (0..<10).map { _ in ID<Tenant>() }
      _ = try await probe(20, of: tenants, into: index, journal: path)
      let waits = try await probe(600, of: tenants, into: index, journal: path)
      return (waits[waits.count / 2], waits[waits.count * 99 / 100])
    }
  }

  /// Enqueues runs at forty a second, and returns in order how many milliseconds they waited for their begin.
  private func probe(
    _ count: Int, of tenants: [ID<Tenant>], into index: RunIndex, journal path: String
  ) async throws -> [Double] {
    var made: [ID<Run>: Int] = [:]
    let start = ContinuousClock.now
    for number in 0..<count {
      // By the clock, so that a late probe does not make all that follow late.
      try await Task.sleep(until: start + .milliseconds(25) * number)
      let run = Self.run(of: tenants[number % tenants.count])
      // On the client's own thread, as Sidekiq's client calls from the one that it is on.
      made[run.id] = try await withTaskExecutorPreference(redis.loop) {
        let made = BenchJournal.now
        try await index.push([run])
        return made
      }
    }
    var waits: [Double] = []
    try await until {
      waits = try BenchJournal.entries(of: path).compactMap { entry in
        made[entry.run].map { Double(entry.at - $0) / 1e6 }
      }
      return waits.count == count
    }
    return waits.sorted()
  }

  /// How long quiet tenants wait while another has a hundred thousand runs waiting, over how long they do without: jobs of
  /// ten milliseconds, on the slots that a worker has by default.
  func noisyNeighbour() async throws -> BenchRow {
    let (index, generation) = try await freshIndex()
    let path = try journal("noisy")
    let slots = "\(WorkerSettings(name: "").slots)"
    return try await withWorker(
      ["--generation", generation, "--journal", path, "--slots", slots, "--hold", "10"]
    ) { _ in
      let quiet = (0..<10).map { _ in ID<Tenant>() }
      _ = try await probe(20, of: quiet, into: index, journal: path)
      let alone = try await probe(400, of: quiet, into: index, journal: path)
      try await enqueue(100_000, of: [ID<Tenant>()], into: index)
      let beside = try await probe(400, of: quiet, into: index, journal: path)
      guard try await known() > 10_000 else { throw DemoFailure("the noisy tenant was done too early") }
      let (p99, p99Alone) = (beside[beside.count * 99 / 100], alone[alone.count * 99 / 100])
      return BenchRow(
        name: "noisy_neighbour_p99", ours: p99 / p99Alone, theirs: nil,
        unit: String(
          format: "p99 wait of quiet tenants beside 100,000 runs of another, over alone (%.1f ms)", p99Alone),
        ratio: nil)
    }
  }

  /// From the kill of a worker to the second begin of the last of its runs, with the settings of production.
  func killedWorker() async throws -> BenchRow {
    let (index, generation) = try await freshIndex()
    let path = try journal("killed")
    let arguments = ["--generation", generation, "--journal", path, "--slots", "64", "--hold", "300000"]
    return try await withWorker(arguments, name: "victim") { victim in
      try await index.push((0..<20).map { _ in Self.run(of: ID()) })
      try await until { try BenchJournal.entries(of: path).count == 20 }
      return try await withWorker(arguments, name: "heir") { _ in
        try await Task.sleep(for: .seconds(2))
        victim.kill()
        let killed = BenchJournal.now
        try await until { try BenchJournal.entries(of: path).count == 40 }
        let last = try BenchJournal.entries(of: path).map(\.at).max() ?? 0
        return row(
          "killed_worker_seconds", Double(last - killed) / 1e9, nil, "s until a killed worker's runs run again")
      }
    }
  }
}
