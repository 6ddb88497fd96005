public import Foundation
public import Identifiers
public import Redis

/// The index of a cell's runs in Redis: what is ready, leased, or due within minutes. It may vanish at any moment and is
/// built again from Postgres; it decides nothing but who tries next.
public struct RunIndex: Sendable {
  /// Only runs due within this time are pushed; the sweep brings later ones when they come near.
  public static let horizon: TimeInterval = 600

  let redis: RedisClient
  let prefix: String
  /// Outside the index: it stays when that is emptied.
  private let witness: String
  private static let batch = 200

  /// The index of one cell. All its keys share a hash tag, so that they lie in one slot of a cluster.
  public init(_ redis: RedisClient, cell: String) {
    self.redis = redis
    prefix = "nq:{\(cell)}:"
    witness = "nq-witness:{\(cell)}"
  }

  /// Adds runs that Postgres holds as ready; what the index knows already stays as it is. Returns how many it added.
  @discardableResult
  public func push(_ runs: [Run]) async throws -> Int {
    let near = runs.filter { $0.dueAt.timeIntervalSinceNow < Self.horizon }
    return try await inBatches(near, .push) { [$0.id.description, $0.indexPlace, "\($0.dueAt.millisecondsSince1970)"] }
  }

  enum Reservation {
    /// The index is lost or was never built.
    case notWhole
    /// The runs, how long until something comes due, if that is known, and how many reservations the index has counted.
    case runs([ID<Run>], nextDue: Duration?, ticks: Int)
  }

  func reserve(_ wish: ReservationWish, for worker: String, generation: UUID) async throws -> Reservation {
    let strict = wish.isCapStrict ? 1 : 0
    let numbers = [wish.count, wish.interactive, wish.lease.milliseconds, wish.tenantCap, strict].map { "\($0)" }
    let values =
      try await run(.reserve, [generation.uuidString, worker] + numbers + wish.lanes.map(\.name)).array ?? []
    let next = values.first?.integer ?? -1
    guard next != -2, values.count > 1 else { return .notWhole }
    let ids = values.dropFirst(2).compactMap { $0.bytes.flatMap { ID<Run>(utf8: $0) } }
    return .runs(ids, nextDue: next < 0 ? nil : .milliseconds(next), ticks: values[1].integer ?? 0)
  }

  /// Waits until something is made ready in one of the lanes, at most `timeout`.
  func wait(for lanes: [Lane], as kind: SlotKind = .any, atMost timeout: Duration) async throws {
    _ = try await redis.blockingPop(lanes.map { prefix + kind.tokens + $0.name }, timeout: timeout)
  }

  func settle(_ runs: [Settlement], of worker: String) async throws {
    _ = try await inBatches(runs, .settle, first: [worker]) { [$0.run.description] + $0.verb.arguments }
  }

  /// The index is being built.
  struct NotWhole: Error {}

  /// Extends leases and returns the runs whose lease the worker has lost. Throws `NotWhole` when nobody can say.
  func extend(_ runs: [ID<Run>], of worker: String, lease: Duration) async throws -> [ID<Run>] {
    var lost: [ID<Run>] = []
    for batch in runs.chunks(of: Self.batch) {
      let answer = try await run(.extend, [worker, "\(lease.milliseconds)"] + batch.map { "\($0)" })
      if answer.integer == -2 { throw NotWhole() }
      lost += (answer.array ?? []).compactMap { $0.bytes.flatMap { ID<Run>(utf8: $0) } }
    }
    return lost
  }

  /// Makes runs ready again whose lease has expired; returns how many.
  func reap() async throws -> Int { max(try await run(.reap, []).integer ?? 0, 0) }

  /// Puts back runs that Postgres knows as running, leased to their workers. Returns how many the index did not know.
  @discardableResult
  func restore(_ runs: [(Run, worker: String)], lease: Duration) async throws -> Int {
    try await inBatches(runs, .restore, first: ["\(lease.milliseconds)"]) {
      ["\($0.0.id)", $0.0.indexPlace, $0.worker]
    }
  }

  /// Takes out runs that Postgres no longer wants, unless they are leased. Returns how many were known.
  func forget(_ runs: [ID<Run>]) async throws -> Int { try await inBatches(runs, .forget) { [$0.description] } }

  /// Brings back what met a pause that is over.
  public func rouse(_ pause: String) async throws {
    while try await run(.rouse, [pause]).integer ?? 0 > 0 {}
  }

  /// The pauses under which something sleeps.
  func naps() async throws -> [String] {
    (try await redis.send(RedisCommand("SMEMBERS", prefix + "naps")).array ?? []).compactMap(\.string)
  }

  /// Moves runs that wait to the front of their line; returns how many waited.
  public func moveToFront(_ runs: [ID<Run>]) async throws -> Int {
    try await inBatches(runs, .front) { [$0.description] }
  }

  /// Sets how much tenants get beside others; 1 is what everybody has.
  func setWeights(_ weights: [ID<Tenant>: Int]) async throws {
    for batch in Array(weights).chunks(of: Self.batch) {
      _ = try await redis.send(
        RedisCommand("HSET", arguments: [prefix + "weights"] + batch.flatMap { ["\($0.key)", "\($0.value)"] }))
    }
  }

  /// Tells how far starts have counted, and returns how far anybody saw them count.
  public func witness(_ beat: Int) async throws -> Int {
    // A Redis that is full takes nothing in; work has to go on.
    if beat > 0 { _ = try? await redis.send(RedisCommand("ZADD", witness, "GT", "\(beat)", "beat")) }
    return try await redis.send(RedisCommand("ZSCORE", witness, "beat")).string.flatMap { Double($0) }.map(Int.init)
      ?? 0
  }

  // MARK: - The whole

  /// Not while somebody empties it, though he may have begun long ago: no script does anything then.
  func carries(_ generation: UUID) async throws -> Bool {
    let command = RedisCommand("MGET", prefix + "generation", prefix + "emptying")
    let values = try await redis.send(command).array ?? []
    return values.first?.string == generation.uuidString && values.last?.string == nil
  }

  func declareWhole(_ generation: UUID) async throws {
    _ = try await redis.send(RedisCommand("SET", prefix + "generation", generation.uuidString))
  }

  /// How many reservations were counted.
  func ticks() async throws -> Int {
    try await redis.send(RedisCommand("GET", prefix + "ticks")).string.flatMap { Int($0) } ?? 0
  }

  /// The runs that the index knows, some at a time. Returns the cursor for the next call; "0" when that was all.
  func known(from cursor: String) async throws -> (runs: [ID<Run>], next: String) {
    let answer = try await redis.send(RedisCommand("HSCAN", prefix + "runs", cursor, "COUNT", "500")).array ?? []
    let fields = (answer.last?.array ?? []).compactMap(\.string)
    let runs = stride(from: 0, to: fields.count, by: 2).compactMap { ID<Run>(fields[$0]) }
    return (runs, answer.first?.string ?? "0")
  }

  /// Gives a script its arguments for many, no more at a time than it may take, and adds up what it answers.
  private func inBatches<Element>(
    _ elements: [Element], _ script: IndexScript, first: [String] = [], arguments: (Element) -> [String]
  ) async throws -> Int {
    var sum = 0
    for batch in elements.chunks(of: Self.batch) {
      // Below zero: the index is being emptied, and what was not done is done from Postgres afterwards.
      sum += max(try await run(script, first + batch.flatMap(arguments)).integer ?? 0, 0)
    }
    return sum
  }

  private func run(_ script: IndexScript, _ arguments: [String]) async throws -> RedisValue {
    try await redis.run(script.redis, keys: [prefix], arguments: arguments)
  }
}

/// What a worker would like to have.
struct ReservationWish: Sendable {
  /// Of any class.
  var count: Int
  /// Further interactive ones.
  var interactive = 0
  var lanes: [Lane]
  var lease: Duration
  /// The most runs in flight of one tenant while others wait.
  var tenantCap = 1_000_000
  /// Also while nobody else waits.
  var isCapStrict = false
}

/// How a lease ends in the index.
struct Settlement: Sendable {
  enum Verb: Sendable {
    /// The index forgets the run. What it cost corrects its tenant's share.
    case done(cost: Duration?)
    /// Due at an instant.
    case later(Date)
    /// Due after a while by Redis's own clock.
    case after(Duration)
    /// Ready again, before others.
    case front
    /// Due at an instant, before which nothing passes its gate.
    case shut(until: Date)
    /// The same for a while by Redis's own clock.
    case shutFor(Duration)
    /// Met a pause.
    case asleep(pause: String)

    /// The verb, its number and its key, as `settle.lua` reads them.
    var arguments: [String] {
      switch self {
      case .done(let cost): ["done", cost.map { "\($0 / .milliseconds(1))" } ?? "-1", ""]
      case .later(let due): ["later", "\(due.millisecondsSince1970)", ""]
      case .after(let wait): ["after", "\(wait.milliseconds)", ""]
      case .front: ["front", "0", ""]
      case .shut(let until): ["shut", "\(until.millisecondsSince1970)", ""]
      case .shutFor(let wait): ["shut_for", "\(wait.milliseconds)", ""]
      case .asleep(let pause): ["asleep", "0", pause]
      }
    }
  }

  let run: ID<Run>
  let verb: Verb

  init(_ run: ID<Run>, _ verb: Verb) {
    self.run = run
    self.verb = verb
  }
}

extension Array {
  func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}

extension Date {
  /// Rounded up; an instant beyond the years of a calendar is one that never comes.
  var millisecondsSince1970: Int {
    self >= .distantFuture ? 1 << 53 : Int((timeIntervalSince1970 * 1_000).rounded(.up))
  }
}

extension Duration {
  var milliseconds: Int { Int(self / .milliseconds(1)) }
}
