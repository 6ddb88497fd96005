import CLibpq
public import Logging
public import Polling

/// One connection to a server, in pipeline mode: several tasks may use it at once, and the server answers in their order.
///
/// It lives on a polling loop and never blocks. Close it when it is no longer needed; a pool closes its own.
public actor PostgresConnection: PostgresSession, LoopActor {
  typealias Waiter = CheckedContinuation<[PostgresResult], any Error>

  nonisolated let loop: PollingLoop
  nonisolated let configuration: PostgresConfiguration
  nonisolated let log: EventLog
  /// Whether it carries the reads of many tasks: it then has no transactions, and a cancelled task just goes away.
  nonisolated let isShared: Bool

  var libpq: Libpq?
  /// Why it is of no use any more; nil while it is.
  var failure: PostgresError?
  var pipeline: Pipeline<UnitOfWork, Owner, PostgresResult, ServerError>
  var statements: StatementCache
  var transaction: OpenTransaction?
  var transactions = 0
  var wish = CancellationWish()
  var exclusive: ExclusiveUse?
  var connecting: CheckedContinuation<ConnectingEvent, Never>?
  /// The last words of the server before it ended the session.
  var farewell: ServerError?
  nonisolated let whenClosed: (@Sendable () -> Void)?
  var notifications: NotificationInbox?
  /// What the loop watches for us. libpq closes a broken connection's socket itself and forgets its number.
  var watched: Int32?
  /// Whether bytes are still to leave; the socket is then watched for room.
  var isFlushPending = false

  /// The connection's executor: its loop.
  nonisolated public var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ configuration: PostgresConfiguration, loop: PollingLoop, log: EventLog, isShared: Bool = false,
    whenClosed: (@Sendable () -> Void)? = nil
  ) {
    self.whenClosed = whenClosed
    self.configuration = configuration
    self.loop = loop
    self.log = log
    self.isShared = isShared
    let isPooled = configuration.profile == .pooler
    pipeline = Pipeline(depth: isPooled ? 1 : isShared ? configuration.limits.sharedDepth : 256)
    statements = StatementCache(limit: isPooled ? 0 : configuration.statementCacheLimit)
  }

  /// Connects.
  ///
  /// - Throws: `PostgresError.connection` with the reason in libpq's or the server's words, or `CancellationError`.
  public static func connect(
    _ configuration: PostgresConfiguration, loop: PollingLoop = .shared, logger: Logger
  ) async throws -> PostgresConnection {
    let connection = PostgresConnection(configuration, loop: loop, log: EventLog(logger))
    try await connection.establish()
    return connection
  }

  isolated deinit {
    if let watched { loop.unwatch(watched) }
  }

  /// The number of the server's process that serves this connection, as in `pg_stat_activity`; zero when closed.
  public var backend: Int32 { libpq?.backendPID ?? 0 }

  /// Whether it can run statements.
  public var isOpen: Bool { failure == nil && libpq != nil }

  /// Runs one statement, or a script.
  @discardableResult
  nonisolated(nonsending) public func query(_ statement: SQL) async throws -> PostgresResult {
    if statement.isScript { return try await run(script: statement) }
    let results = try await perform(UnitOfWork([statement]))
    guard let result = results.first else { throw PostgresError.misuse("the server sent no result") }
    return result
  }

  /// Runs several statements in one round trip.
  @discardableResult
  nonisolated(nonsending) public func query(_ statements: [SQL]) async throws -> [PostgresResult] {
    if statements.isEmpty { return [] }
    return try await perform(UnitOfWork(statements))
  }

  /// Closes the connection at once; what is under way fails.
  public func close() {
    lose(.closed)
  }
}

/// A unit of the pipeline: what to run and what it means if the connection is lost meanwhile.
struct UnitOfWork: Sendable {
  enum Effect: Sendable {
    /// A transaction of its own: it may have been applied.
    case whole
    /// A part of an open transaction: without its COMMIT it is rolled back.
    case part
    /// The COMMIT: it may have been applied.
    case commit
    /// Nothing to apply.
    case none
  }

  var statements: [SQL]
  var effect: Effect
  /// The transaction that it belongs to; it is refused when that has ended.
  let transaction: Int?

  init(_ statements: [SQL], effect: Effect = .whole, transaction: Int? = nil) {
    self.statements = statements
    self.effect = effect
    self.transaction = transaction
  }

  var mayHaveBeenApplied: Bool { effect == .whole || effect == .commit }
}

/// Who waits for a unit.
enum Owner {
  case caller(PostgresConnection.Waiter)
  /// The driver itself, telling the server to forget these statements.
  case housekeeping([StatementCache.Name])

  var isCaller: Bool { if case .caller = self { true } else { false } }
}
