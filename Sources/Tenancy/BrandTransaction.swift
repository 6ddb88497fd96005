import NIOConcurrencyHelpers
public import Postgres

/// Work on one brand's data, all or nothing: every statement runs as the brand's role in the brand's schema.
///
/// This is the only door to a brand's data. The context leaves in the same round trip as the first statement and is
/// local to the transaction, so nothing of it can outlive it behind a pooler.
public struct BrandTransaction: PostgresSession {
  /// The brand that the work is for.
  public let brand: Brand

  let masterKeys: MasterKeys
  private let transaction: PostgresTransaction
  private let afterCommitActions = NIOLockedValueBox<[@Sendable () async -> Void]>([])

  init(brand: Brand, transaction: PostgresTransaction, masterKeys: MasterKeys) {
    self.brand = brand
    self.masterKeys = masterKeys
    self.transaction = transaction
  }

  /// Runs one statement in the brand's schema.
  @discardableResult
  public func query(_ sql: SQL) async throws -> PostgresResult {
    try Self.refuseScripts([sql])
    return try await transaction.query(sql)
  }

  /// Runs several statements in one round trip.
  @discardableResult
  public func query(_ statements: [SQL]) async throws -> [PostgresResult] {
    try Self.refuseScripts(statements)
    return try await transaction.query(statements)
  }

  /// Several statements in one text go only by the simple protocol, in which one spliced value could add a statement.
  private static func refuseScripts(_ statements: [SQL]) throws {
    guard !statements.contains(where: \.isScript) else {
      throw PostgresError.misuse("a brand's transaction takes statements, no script")
    }
  }

  /// Does something once the work is committed, and not at all when it is not: a hint to another store, never the truth.
  public func afterCommit(_ action: @escaping @Sendable () async -> Void) {
    afterCommitActions.withLockedValue { $0.append(action) }
  }

  func runAfterCommit() async {
    for action in afterCommitActions.withLockedValue({ $0 }) { await action() }
  }
}

extension Brand {
  /// Makes the brand's role and schema the context of the transaction that it runs in, and of that one only.
  var context: SQL {
    "select set_config('role', \(role), true), set_config('search_path', \(schema), true)"
  }
}
