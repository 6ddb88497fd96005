/// A transaction that is open on a connection; of no use once its body has returned.
public struct PostgresTransaction: PostgresSession {
  let connection: PostgresConnection
  let number: Int

  /// Runs one statement of the transaction. The first one takes BEGIN and the opening statements with it.
  @discardableResult
  nonisolated(nonsending) public func query(_ statement: SQL) async throws -> PostgresResult {
    let results = try await connection.query([statement], in: number)
    guard let result = results.first else { throw PostgresError.misuse("the server sent no result") }
    return result
  }

  /// Runs several statements of the transaction in one round trip.
  @discardableResult
  nonisolated(nonsending) public func query(_ statements: [SQL]) async throws -> [PostgresResult] {
    try await connection.query(statements, in: number)
  }

  /// Runs a part of the transaction that is undone alone if it throws; the rest of the transaction can go on then.
  ///
  /// Opening and releasing the savepoint cost no round trip of their own. Statements that run beside it, in other tasks
  /// of the same transaction, may fall inside it.
  @discardableResult
  public nonisolated(nonsending) func savepoint<Value>(
    _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
  ) async throws -> Value {
    let name = try await connection.onLoop { [number] in try $0.openSavepoint(in: number) }
    do {
      let value = try await body(self)
      try await connection.onLoop { [number] in $0.releaseSavepoint(name, in: number) }
      return value
    } catch {
      // If this fails the connection is gone, and the transaction with it: the reason that counts is the body's.
      try? await connection.undoSavepoint(name, in: number)
      throw error
    }
  }
}

extension PostgresConnection {
  /// Runs a transaction: BEGIN and `opening` leave in the same round trip as the first statement of `body`.
  ///
  /// Commits when the body returns and rolls back when it throws; neither is stopped by a cancellation of the task. After
  /// a serialization failure or a deadlock the body is run again, as often as the options allow.
  /// - Throws: what the body throws, or `PostgresError`. `.connection` with `mayHaveBeenApplied` means that the connection
  ///   was lost during COMMIT.
  @discardableResult
  public nonisolated(nonsending) func transaction<Value>(
    _ options: TransactionOptions = .init(), opening: [SQL] = [],
    _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
  ) async throws -> Value {
    var attempt = 0
    while true {
      let number = try await onLoop { try $0.begin(options, opening: opening) }
      do {
        let value = try await body(PostgresTransaction(connection: self, number: number))
        try await commit(number)
        return value
      } catch {
        await rollback(number)
        guard attempt < options.retries, (error as? PostgresError)?.serverError?.isTransient == true else {
          throw error
        }
        attempt += 1
        // Whoever collided would collide again if all came back at the same moment.
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...(5 << min(attempt, 6)))))
      }
    }
  }
}
