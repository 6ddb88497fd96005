public import Postgres

/// Short reads of the agencies' side, each a transaction of its own down a shared connection.
public struct ControlReads: PostgresSession {
  let pool: PostgresPool

  /// Runs one short read.
  public func query(_ statement: SQL) async throws -> PostgresResult {
    try await pool.read(statement)
  }

  /// Runs short reads one after the other.
  public func query(_ statements: [SQL]) async throws -> [PostgresResult] {
    var results: [PostgresResult] = []
    for statement in statements { results.append(try await pool.read(statement)) }
    return results
  }
}

extension Tenancy {
  /// Short reads of the agencies' side.
  public var controlReads: ControlReads { ControlReads(pool: control) }
}

/// Statements on the agencies' side, each a transaction of its own on a connection of its own.
struct ControlStatements: PostgresSession {
  let pool: PostgresPool

  func query(_ statement: SQL) async throws -> PostgresResult {
    try await pool.lease { try await $0.query(statement) }
  }

  func query(_ statements: [SQL]) async throws -> [PostgresResult] {
    try await pool.lease { try await $0.query(statements) }
  }
}
