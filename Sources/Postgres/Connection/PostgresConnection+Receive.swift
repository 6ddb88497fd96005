import CLibpq
import Polling

extension PostgresConnection {
  /// The loop found the socket ready.
  func ready(_ readiness: Readiness) {
    guard let libpq else { return }
    if readiness.contains(.writable), isFlushPending { flush() }
    guard readiness.contains(.readable), self.libpq != nil else { return }
    let isAlive = libpq.consumeInput()
    receive(from: libpq)
    if !isAlive || libpq.isBad { lose(connectionFailure(libpq.errorMessage)) }
  }

  /// Takes every result that is complete.
  private func receive(from libpq: Libpq) {
    while pipeline.hasFlights, self.libpq != nil, !libpq.isBusy {
      guard let result = libpq.nextResult() else {
        pipeline.endedStep()
        continue
      }
      switch result.status {
      case PGRES_PIPELINE_SYNC:
        if let flight = pipeline.synced() { finish(flight) }
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
        pipeline.succeeded(PostgresResult(result))
      case PGRES_PIPELINE_ABORTED:
        break
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        return lose(.misuse("COPY runs through copyIn and copyOut, not as a query"))
      default:
        let error = ServerError(result)
        if error.endsSession {
          farewell = error
          return lose(connectionFailure("the server ended the session"))
        }
        if libpq.isBad { return }
        pipeline.failed(error)
      }
    }
    while let notification = libpq.nextNotification() { notifications?.receive(notification) }
    if !pipeline.hasFlights { exclusive?.resume() }
    pump()
  }

  private func finish(_ flight: Pipeline<UnitOfWork, Owner, PostgresResult, ServerError>.Flight) {
    for name in flight.prepared { statements.confirm(name) }
    for name in flight.unprepared { statements.reject(name) }
    let outcome = outcome(of: flight)
    guard let waiter = flight.waiter else { return }
    if wish.mustHold(flight.number) {
      wish.held = (waiter, outcome)
    } else {
      stopPursuing(flight.number)
      settle(waiter, outcome)
    }
    pursueWish()
  }

  private func outcome(
    of flight: Pipeline<UnitOfWork, Owner, PostgresResult, ServerError>.Flight
  ) -> Result<[PostgresResult], any Error> {
    guard let (step, failure) = flight.failure else {
      return .success(flight.hidden == 0 ? flight.replies : Array(flight.replies.dropFirst(flight.hidden)))
    }
    var error = failure
    if case .statement(let index, let name) = step {
      error.statement = flight.work.statements[index].text
      if let name, error.isStalePlan { statements.retire(name) }
      if let name, error.sqlState == .invalidStatementName { statements.reject(name) }
    }
    if error.sqlState == .queryCanceled, wish.contains(flight.number) { return .failure(CancellationError()) }
    return .failure(PostgresError.server(error))
  }

  func settle(_ owner: Owner, _ outcome: Result<[PostgresResult], any Error>) {
    switch (owner, outcome) {
    case (.caller(let waiter), _): waiter.resume(with: outcome)
    case (.housekeeping(let names), .failure): statements.putBack(names)
    case (.housekeeping, .success): break
    }
  }

  // MARK: - The end

  /// The connection is of no use any more: everybody who waits is told why, and the socket is closed.
  func lose(_ reason: PostgresError) {
    guard failure == nil else { return }
    failure = reason
    unwatch()
    libpq = nil
    let (flights, units) = pipeline.drain()
    for flight in flights {
      guard let waiter = flight.waiter else { continue }
      // A unit that the server had refused before it went was rolled back.
      let isRefused = flight.failure != nil
      settle(waiter, isRefused ? outcome(of: flight) : .failure(reason.applied(flight.work.mayHaveBeenApplied)))
    }
    for unit in units { settle(unit.waiter, .failure(reason.applied(false))) }
    if let (waiter, outcome) = wish.takeHeld() { settle(waiter, outcome) }
    wish.timer.map(loop.cancel)
    exclusive?.fail(reason)
    connecting?.resume(returning: .closed)
    connecting = nil
    notifications?.end()
    whenClosed?()
  }

  /// What is known about the loss of a connection: the server's last words, if it had any.
  func connectionFailure(_ message: String) -> PostgresError {
    let words = farewell.map { "\($0.message): " } ?? ""
    return .connection(
      ConnectionFailure(
        message: words + (message.isEmpty ? "the connection was lost" : message), sqlState: farewell?.sqlState,
        mayHaveBeenApplied: false))
  }
}

extension PostgresError {
  /// The same loss of a connection, for a statement that may or may not have been applied.
  func applied(_ mayHaveBeenApplied: Bool) -> PostgresError {
    guard case .connection(var failure) = self else { return self }
    failure.mayHaveBeenApplied = mayHaveBeenApplied
    return .connection(failure)
  }
}
