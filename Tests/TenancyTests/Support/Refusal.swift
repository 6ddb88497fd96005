import Postgres

/// The code with which the server refuses what `body` does; nil when it lets it pass.
func refusal<Value>(_ body: () async throws -> Value) async throws -> SQLState? {
  do {
    _ = try await body()
    return nil
  } catch let error as PostgresError {
    guard let state = error.sqlState else { throw error }
    return state
  }
}

extension PostgresResult {
  /// The first column of every row.
  func texts() throws -> [String] {
    try map { try $0.value(at: 0, as: String.self) }
  }

  /// The first column of the first row.
  func single<Value: PostgresDecodable>(as type: Value.Type = Value.self) throws -> Value {
    guard let first else { throw NothingReturned() }
    return try first.value(at: 0, as: type)
  }
}
