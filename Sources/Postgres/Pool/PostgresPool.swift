public import Logging
public import Polling

/// The connections of a process to one database.
///
/// It connects when somebody needs it, so that the server may be down when it is made. When the server goes away, calls
/// under way fail with `PostgresError.connection`, and the pool reconnects by itself, waiting longer after each failure.
public final class PostgresPool: Sendable {
  /// How the database is reached.
  public let configuration: PostgresConfiguration
  private let loop: PollingLoop
  private let log: EventLog
  private let desk: LeaseDesk
  private let reads: SharedReads
  private let line: ListeningLine

  /// A pool; opens the minimum of its connections in the background.
  public init(_ configuration: PostgresConfiguration, loop: PollingLoop = .shared, logger: Logger) {
    self.configuration = configuration
    self.loop = loop
    log = EventLog(logger)
    desk = LeaseDesk(configuration, loop: loop, log: log)
    reads = SharedReads(configuration, loop: loop, log: log)
    line = ListeningLine(configuration, loop: loop, log: log)
    Task(executorPreference: loop) { [desk] in await desk.open() }
  }

  /// Lends a connection to `body`.
  ///
  /// - Parameter affinity: the key of what the connection will be used for; one that last served this key is preferred,
  ///   since the server has its plans and caches there.
  /// - Throws: what the body throws; `PostgresError.poolTimeout` when no connection became free in time,
  ///   `PostgresError.connection` when none could be made, `CancellationError`.
  @discardableResult
  public nonisolated(nonsending) func lease<Value>(
    preferring affinity: String? = nil,
    _ body: nonisolated(nonsending) (PostgresConnection) async throws -> Value
  ) async throws -> Value {
    let lease = try await borrow(affinity)
    do {
      let value = try await body(lease.connection)
      await giveBack(lease)
      return value
    } catch {
      await giveBack(lease)
      throw error
    }
  }

  nonisolated(nonsending) private func borrow(_ affinity: String?) async throws -> Lease {
    if desk.isTaskOnLoop, let lease = try desk.now({ try $0.leaseIdle(preferring: affinity) }) { return lease }
    return try await desk.lease(preferring: affinity)
  }

  nonisolated(nonsending) private func giveBack(_ lease: Lease) async {
    if desk.isTaskOnLoop, (try? desk.now { $0.giveBackTidy(lease) }) == true { return }
    await desk.giveBack(lease)
  }

  /// Runs a transaction on a connection of its own; see `PostgresConnection.transaction`.
  @discardableResult
  public nonisolated(nonsending) func transaction<Value>(
    _ options: TransactionOptions = .init(), opening: [SQL] = [], preferring affinity: String? = nil,
    _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
  ) async throws -> Value {
    try await lease(preferring: affinity) { connection in
      try await connection.transaction(options, opening: opening, body)
    }
  }

  /// Runs a short read down a connection that many tasks share: the context's statements and the read are one transaction
  /// and one round trip.
  ///
  /// Nothing slow belongs here, since everybody behind it waits, and nothing that writes: a cancelled task goes away
  /// without the server being told. Context that is set must be local (`set_config(…, true)`).
  nonisolated(nonsending) public func read(_ statement: SQL, context: [SQL] = []) async throws -> PostgresResult {
    let work = UnitOfWork(context.isEmpty ? [statement] : context + [statement], effect: .none)
    guard configuration.profile == .direct else {
      return try await last(of: lease { connection in try await connection.perform(work) })
    }
    return try await last(of: reads.perform(work))
  }

  private func last(of results: [PostgresResult]) throws -> PostgresResult {
    guard let last = results.last else { throw PostgresError.misuse("the server sent no result") }
    return last
  }

  /// Listens on channels, on a connection of its own that reconnects by itself. Not through a pooler.
  public func listen(_ channels: String...) -> PostgresNotifications {
    PostgresNotifications(channels: channels, line: line)
  }

  /// How many connections are lent out at this moment.
  public var inUse: Int { get async { await desk.inUse } }

  /// How many callers wait for a connection at this moment.
  public var waiting: Int { get async { await desk.waiting } }

  /// Refuses new callers, waits for what is lent out, and closes every connection at the latest after `limit`.
  public func close(within limit: Duration = .seconds(10)) async {
    await line.close()
    await desk.close(within: limit)
    await reads.close()
  }
}
