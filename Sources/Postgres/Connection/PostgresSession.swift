/// Whatever runs statements: a connection, or a transaction on one.
public protocol PostgresSession: Sendable {
  /// Runs one statement; on a connection that has no transaction open, as a transaction of its own.
  ///
  /// A cancelled task cancels its statement on the server. It then gets `CancellationError`, and nothing of the statement
  /// was applied; a statement that was done before the server heard of it returns its result.
  /// - Throws: `PostgresError` or `CancellationError`.
  @discardableResult
  nonisolated(nonsending) func query(_ statement: SQL) async throws -> PostgresResult

  /// Runs several statements in one round trip; on a connection that has no transaction open, as one transaction.
  ///
  /// - Returns: one result per statement.
  /// - Throws: the first failure; the statements behind it are skipped.
  @discardableResult
  nonisolated(nonsending) func query(_ statements: [SQL]) async throws -> [PostgresResult]
}
