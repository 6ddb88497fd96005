import CLibpq
import Polling

/// COPY or a script has the connection for itself, out of pipeline mode.
struct ExclusiveUse {
  /// Of the same sequence as the units' numbers.
  let number: Int
  /// Whether what was in flight before it has ended.
  var hasBegun = false
  /// Whether it has sent what the server may have applied when the connection is lost.
  var mayHaveBeenApplied = false
  /// The COPY that the server has begun and not ended.
  var copy: SQL?
  private var waiter: CheckedContinuation<Void, any Error>?

  init(number: Int) {
    self.number = number
  }

  mutating func wait(_ waiter: CheckedContinuation<Void, any Error>) {
    self.waiter = waiter
  }

  mutating func resume() {
    waiter?.resume()
    waiter = nil
  }

  mutating func fail(_ reason: PostgresError) {
    waiter?.resume(throwing: reason.applied(mayHaveBeenApplied))
    waiter = nil
  }
}

extension PostgresConnection {
  /// Runs a script by the simple protocol.
  func run(script: SQL, in number: Int? = nil) async throws -> PostgresResult {
    try require(transaction: number)
    guard !script.hasZero else {
      throw PostgresError.misuse("the text of a script cannot have a zero byte in it")
    }
    try await beginExclusive()
    do {
      let result = try await cancellingExclusive { connection in
        guard let libpq = connection.libpq, libpq.sendScript(script) else { throw connection.exclusiveLoss() }
        connection.exclusive?.mayHaveBeenApplied = connection.transaction == nil
        try await connection.flushExclusive()
        return try await connection.lastPlainResult(of: script)
      }
      try await endExclusive()
      return result
    } catch {
      try? await endExclusive()
      throw error
    }
  }

  /// Takes the connection out of pipeline mode once everything in flight has ended.
  func beginExclusive() async throws {
    if let failure { throw failure }
    guard exclusive == nil, !isShared else {
      throw PostgresError.misuse("the connection has a COPY or a script already")
    }
    try Task.checkCancellation()
    exclusive = ExclusiveUse(number: pipeline.nextNumber())
    do {
      if transaction?.hasPending == true { _ = try await run(UnitOfWork([])) }
    } catch {
      exclusive = nil
      throw error
    }
    pipeline.holds += 1
    try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
      if let failure { return waiter.resume(throwing: failure) }
      exclusive?.wait(waiter)
      if !pipeline.hasFlights { exclusive?.resume() }
    }
    guard let libpq, libpq.exitPipeline() else { throw exclusiveLoss() }
    unwatch()
    exclusive?.hasBegun = true
  }

  /// Goes back to pipeline mode, once a cancel request that is under way has returned.
  func endExclusive() async throws {
    await withCheckedContinuation { continuation in
      wish.returned = continuation
      if !wish.isAsking { wish.wakeReturned() }
    }
    if let number = exclusive?.number { stopPursuing(number) }
    exclusive = nil
    pipeline.holds -= 1
    if let failure { throw failure }
    guard let libpq, libpq.enterPipeline() else { throw exclusiveLoss() }
    watch(libpq)
    pump()
  }

  /// The connection is broken in the middle of it.
  func exclusiveLoss() -> PostgresError {
    if failure == nil { lose(connectionFailure(libpq?.errorMessage ?? "")) }
    return (failure ?? .closed).applied(exclusive?.mayHaveBeenApplied ?? false)
  }

  /// Has the server asked to cancel when the task is cancelled in `body`.
  func cancellingExclusive<Value: Sendable>(
    _ body: (isolated PostgresConnection) async throws -> Value
  ) async throws -> Value {
    let number = exclusive?.number
    return try await withTaskCancellationHandler {
      try await body(self)
    } onCancel: {
      Task(executorPreference: loop) { await self.cancelExclusive(number) }
    }
  }

  private func cancelExclusive(_ number: Int?) {
    guard let number, exclusive?.number == number, exclusive?.hasBegun == true, wish.pursued == nil else { return }
    wish.insert(number)
    pursue(number)
  }

  // MARK: - Plain results

  /// The next result of what was sent out of pipeline mode; nil when there is no more.
  func plainResult() async throws -> ResultStorage? {
    while let libpq {
      if !libpq.isBusy { return libpq.nextResult() }
      try await waitForSocket(.readable)
      guard libpq.consumeInput() else { throw exclusiveLoss() }
    }
    throw exclusiveLoss()
  }

  /// Reads all results; the last one, or the first error.
  func lastPlainResult(of statement: SQL) async throws -> PostgresResult {
    var last: ResultStorage?
    var failed: ServerError?
    while let result = try await plainResult() {
      switch result.status {
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: last = result
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        lose(.misuse("COPY runs through copyIn and copyOut, not as a query"))
        throw exclusiveLoss()
      default:
        let error = ServerError(result)
        if error.endsSession { farewell = error }
        if error.endsSession || libpq?.isBad ?? true { throw exclusiveLoss() }
        failed = failed ?? error
      }
    }
    if let failed { throw plainError(failed, of: statement) }
    guard let last else { throw exclusiveLoss() }
    return PostgresResult(last)
  }

  func plainError(_ error: ServerError, of statement: SQL) -> any Error {
    if error.sqlState == .queryCanceled, exclusive.map({ wish.contains($0.number) }) == true {
      return CancellationError()
    }
    var error = error
    error.statement = statement.text
    return PostgresError.server(error)
  }

  /// Lets everything leave that libpq has buffered.
  func flushExclusive() async throws {
    while let libpq {
      guard let isDone = libpq.flush() else { throw exclusiveLoss() }
      if isDone { return }
      // The server may be waiting for us to read before it reads on.
      try await waitForSocket([.readable, .writable])
      guard libpq.consumeInput() else { throw exclusiveLoss() }
    }
    throw exclusiveLoss()
  }

  /// Outside such a wait the socket is not watched, so that a slow consumer holds the server back.
  func waitForSocket(_ interest: Readiness) async throws {
    try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
      guard let socket = libpq?.socket, socket >= 0 else { return waiter.resume(throwing: exclusiveLoss()) }
      exclusive?.wait(waiter)
      watch(socket, for: interest) { _ in
        self.unwatch()
        self.exclusive?.resume()
      }
    }
  }
}
