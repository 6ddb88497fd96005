import CLibpq
import Polling

extension PostgresConnection {
  /// Notes that a transaction begins; BEGIN and `opening` leave with its first statement.
  func begin(_ options: TransactionOptions, opening: [SQL]) throws -> Int {
    if let failure { throw failure }
    guard !isShared, transaction == nil else {
      throw PostgresError.misuse("the connection has a transaction open already; use a savepoint")
    }
    var first = [options.begin]
    if let limits = limits(for: options) { first.append(limits) }
    transactions += 1
    transaction = OpenTransaction(number: transactions, opening: first + opening)
    return transactions
  }

  /// A pooler cannot keep limits for the session, so that each transaction sets them.
  private func limits(for options: TransactionOptions) -> SQL? {
    var limits = options.timeouts
    if configuration.profile == .pooler {
      limits.statement = limits.statement ?? configuration.timeouts.statement
      limits.lock = limits.lock ?? configuration.timeouts.lock
      limits.idleInTransaction = limits.idleInTransaction ?? configuration.timeouts.idleInTransaction
    }
    return limits.localStatement
  }

  /// Commits, whatever becomes of the task. Costs no round trip when no statement was run.
  nonisolated(nonsending) func commit(_ number: Int) async throws {
    guard let work = try await onLoop({ try $0.unitToCommit(number) }) else { return }
    do {
      let results = try await perform(work, cancellable: false)
      // The server answers COMMIT of a failed transaction with ROLLBACK, and no error.
      guard results.last?.storage.tag == "COMMIT" else { throw PostgresError.rolledBack }
      try await onLoop { $0.endTransaction() }
    } catch {
      await rollback(number)
      throw error
    }
  }

  /// What is to be sent to commit; nil if nothing was sent of the transaction, which is over then.
  private func unitToCommit(_ number: Int) throws -> UnitOfWork? {
    try require(transaction: number)
    if transaction?.isBegun == true {
      return UnitOfWork([SQL(constant: "commit")], effect: .commit, transaction: number)
    }
    endTransaction()
    return nil
  }

  private func endTransaction() {
    transaction = nil
    pump()
  }

  /// Rolls back, whatever becomes of the task; a connection on which that fails is closed.
  func rollback(_ number: Int) async {
    guard transaction?.number == number else { return }
    defer { endTransaction() }
    guard transaction?.isBegun == true, let libpq, libpq.transactionStatus != PQTRANS_IDLE else { return }
    _ = transaction?.takePending()
    let timer = loop.schedule(after: configuration.cancelTimeout) {
      self.lose(self.connectionFailure("the server did not roll back in time"))
    }
    defer { loop.cancel(timer) }
    do {
      _ = try await run(UnitOfWork([SQL(constant: "rollback")], effect: .none, transaction: number), cancellable: false)
    } catch {
      lose(connectionFailure("ROLLBACK failed: \(error)"))
    }
  }

  nonisolated(nonsending) func query(_ statements: [SQL], in number: Int) async throws -> [PostgresResult] {
    if let script = statements.first, statements.count == 1, script.isScript {
      return [try await run(script: script, in: number)]
    }
    if statements.isEmpty { return [] }
    return try await perform(UnitOfWork(statements, transaction: number))
  }

  /// Refuses what is meant for a transaction that has ended.
  func require(transaction number: Int?) throws {
    if let number, transaction?.number != number { throw PostgresError.misuse("the transaction has ended") }
  }

  // MARK: - Savepoints

  func openSavepoint(in number: Int) throws -> String {
    guard transaction?.number == number, let name = transaction?.openSavepoint() else {
      throw PostgresError.misuse("the transaction has ended")
    }
    return name
  }

  func releaseSavepoint(_ name: String, in number: Int) {
    guard transaction?.number == number else { return }
    transaction?.release(name)
  }

  /// Undoes what was done since the savepoint, whatever becomes of the task.
  func undoSavepoint(_ name: String, in number: Int) async throws {
    guard transaction?.number == number, let undoing = transaction?.undo(name), !undoing.isEmpty else { return }
    _ = try await run(UnitOfWork(undoing, transaction: number), cancellable: false)
  }
}
