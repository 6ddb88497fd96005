/// What can run a COPY: a connection, or a transaction on one. Nothing else runs on the connection meanwhile.
public protocol PostgresCopySession: PostgresSession {
  /// Where the COPY runs.
  var copyPlace: PostgresCopyPlace { get }
}

/// A connection and, if there is one, the transaction on it.
public struct PostgresCopyPlace: Sendable {
  let connection: PostgresConnection
  let transaction: Int?
}

extension PostgresConnection: PostgresCopySession {
  /// This connection.
  nonisolated public var copyPlace: PostgresCopyPlace { PostgresCopyPlace(connection: self, transaction: nil) }
}

extension PostgresTransaction: PostgresCopySession {
  /// The transaction's connection.
  public var copyPlace: PostgresCopyPlace { PostgresCopyPlace(connection: connection, transaction: number) }
}

extension PostgresCopySession {
  /// Runs `COPY … FROM STDIN` with what `body` writes. If the body throws, nothing is copied.
  ///
  /// - Returns: the number of rows.
  /// - Throws: what the body throws, the server's error, `CancellationError`.
  @discardableResult
  public nonisolated(nonsending) func copyIn(
    _ statement: SQL, _ body: nonisolated(nonsending) (inout PostgresCopyWriter) async throws -> Void
  ) async throws -> Int {
    let place = copyPlace
    try await place.connection.beginCopyIn(statement, in: place.transaction)
    do {
      var writer = PostgresCopyWriter(place.connection)
      try await body(&writer)
      try await writer.flush()
      return try await place.connection.endCopyIn()
    } catch {
      await place.connection.abandonCopyIn()
      throw error
    }
  }

  /// Runs `COPY … FROM STDIN` with the bytes of a sequence, in whatever format the statement says.
  @discardableResult
  public nonisolated(nonsending) func copyIn<Pieces: AsyncSequence>(
    _ statement: SQL, from pieces: Pieces
  ) async throws -> Int where Pieces.Element == [UInt8] {
    try await copyIn(statement) { writer in
      for try await piece in pieces { try await writer.write(piece) }
    }
  }

  /// Runs `COPY … TO STDOUT` and lets `body` read what comes. What the body leaves unread is cancelled on the server.
  public nonisolated(nonsending) func copyOut<Value>(
    _ statement: SQL, _ body: nonisolated(nonsending) (PostgresCopyOut) async throws -> Value
  ) async throws -> Value {
    let place = copyPlace
    try await place.connection.beginCopyOut(statement, in: place.transaction)
    do {
      let value = try await body(PostgresCopyOut(connection: place.connection))
      try await place.connection.endCopyOut()
      return value
    } catch {
      try? await place.connection.endCopyOut()
      throw error
    }
  }
}
