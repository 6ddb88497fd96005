import Logging
import Postgres

/// A connection to the shared server for the length of `body`.
@discardableResult
func withConnection<Value: Sendable>(
  _ change: (inout PostgresConfiguration) -> Void = { _ in }, logger: Logger = .silent,
  _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  let server = try await PrivateServer.shared.value
  let connection = try await PostgresConnection.connect(server.configuration(change), logger: logger)
  do {
    let value = try await body(connection)
    await connection.close()
    return value
  } catch {
    await connection.close()
    throw error
  }
}

/// A pool of the shared server for the length of `body`.
@discardableResult
func withPool<Value: Sendable>(
  _ change: (inout PostgresConfiguration) -> Void = { _ in }, logger: Logger = .silent,
  _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
  let server = try await PrivateServer.shared.value
  let pool = try PostgresPool(server.configuration(change), logger: logger)
  do {
    let value = try await body(pool)
    await pool.close()
    return value
  } catch {
    await pool.close()
    throw error
  }
}

extension PostgresSession {
  /// The first column of the first row.
  func value<Value: PostgresDecodable & Sendable>(_ statement: SQL, as type: Value.Type = Value.self) async throws
    -> Value
  {
    let result = try await query(statement)
    return try result[0].value(at: 0, as: type)
  }
}
