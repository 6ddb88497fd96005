import CLibpq
import Polling

extension PostgresConnection {
  // MARK: - In

  func beginCopyIn(_ statement: SQL, in number: Int?) async throws {
    try await beginCopy(statement, in: number, expecting: PGRES_COPY_IN)
  }

  func writeCopy(_ bytes: [UInt8]) async throws {
    try Task.checkCancellation()
    guard let libpq, exclusive?.copy != nil else { throw exclusiveLoss() }
    guard libpq.consumeInput() else { throw exclusiveLoss() }
    guard libpq.putCopy(bytes) else { throw await copyRefusal() }
    guard let isDone = libpq.flush() else { throw exclusiveLoss() }
    if !isDone { try await cancellingExclusive { try await $0.flushExclusive() } }
  }

  /// Ends a COPY in good order; the number of rows.
  func endCopyIn() async throws -> Int {
    guard let libpq, let statement = exclusive?.copy else { throw exclusiveLoss() }
    guard libpq.endCopy(failing: nil) else { throw await copyRefusal() }
    exclusive?.mayHaveBeenApplied = transaction == nil
    let result = try await cancellingExclusive { connection in
      try await connection.flushExclusive()
      return try await connection.lastPlainResult(of: statement)
    }
    exclusive?.copy = nil
    try await endExclusive()
    return result.affected
  }

  /// Ends a COPY that is to have no effect, whatever becomes of the task.
  func abandonCopyIn() async {
    if exclusive?.copy != nil, let libpq {
      _ = libpq.endCopy(failing: "abandoned by the client")
      await drainCopy()
    }
    try? await endExclusive()
  }

  /// Why the server takes no more rows.
  private func copyRefusal() async -> any Error {
    guard let statement = exclusive?.copy else { return exclusiveLoss() }
    do {
      _ = try await lastPlainResult(of: statement)
      exclusive?.copy = nil
      return PostgresError.misuse("the server ended the COPY early")
    } catch {
      if failure == nil { exclusive?.copy = nil }
      return error
    }
  }

  // MARK: - Out

  func beginCopyOut(_ statement: SQL, in number: Int?) async throws {
    try await beginCopy(statement, in: number, expecting: PGRES_COPY_OUT)
  }

  private static let piece = 64 * 1_024

  /// Rows that have arrived, at least one; nil after the last.
  func readCopy() async throws -> [UInt8]? {
    guard let statement = exclusive?.copy else {
      if let failure { throw failure }
      return nil
    }
    var rows: [UInt8] = []
    while let libpq {
      switch libpq.getCopy(into: &rows) {
      case .row where rows.count < Self.piece: continue
      case .row: return rows
      case .nothing where rows.isEmpty:
        try await cancellingExclusive { try await $0.waitForSocket(.readable) }
        guard libpq.consumeInput() else { throw exclusiveLoss() }
      case .nothing: return rows
      case .end where !rows.isEmpty: return rows
      case .end:
        defer { if failure == nil { exclusive?.copy = nil } }
        _ = try await lastPlainResult(of: statement)
        return nil
      }
    }
    throw exclusiveLoss()
  }

  /// Ends a COPY that may not have been read to its end, whatever becomes of the task.
  func endCopyOut() async throws {
    if exclusive?.copy != nil, failure == nil {
      if wish.pursued == nil, let number = exclusive?.number { pursue(number) }
      await drainCopy()
    }
    try await endExclusive()
  }

  // MARK: - Both

  private func beginCopy(_ statement: SQL, in number: Int?, expecting status: ExecStatusType) async throws {
    try require(transaction: number)
    guard !statement.isScript else { throw PostgresError.misuse("a COPY cannot be a script") }
    try await beginExclusive()
    do {
      try await cancellingExclusive { connection in
        guard let libpq = connection.libpq, libpq.sendUnnamed(statement) else { throw connection.exclusiveLoss() }
        try await connection.flushExclusive()
        guard let result = try await connection.plainResult() else { throw connection.exclusiveLoss() }
        if result.status == status { return }
        try await connection.refuseCopy(result, of: statement)
      }
      exclusive?.copy = statement
    } catch {
      try? await endExclusive()
      throw error
    }
  }

  private func refuseCopy(_ result: ResultStorage, of statement: SQL) async throws {
    let isRefused = result.status == PGRES_FATAL_ERROR
    if !isRefused, result.status != PGRES_TUPLES_OK, result.status != PGRES_COMMAND_OK {
      lose(.misuse("the statement is a COPY in the other direction"))
      throw exclusiveLoss()
    }
    while try await plainResult() != nil {}
    throw isRefused
      ? plainError(ServerError(result), of: statement) : PostgresError.misuse("the statement is not a COPY")
  }

  /// Reads what is still to come of an abandoned COPY and drops it; gives the connection up if that takes too long.
  private func drainCopy() async {
    let timer = loop.schedule(after: configuration.cancelTimeout) {
      self.lose(self.connectionFailure("the server did not end the COPY in time"))
    }
    defer { loop.cancel(timer) }
    exclusive?.copy = nil
    do {
      try await flushExclusive()
      while let libpq {
        var dropped: [UInt8] = []
        switch libpq.getCopy(into: &dropped) {
        case .row: continue
        case .nothing:
          try await waitForSocket(.readable)
          guard libpq.consumeInput() else { throw exclusiveLoss() }
        case .end:
          while try await plainResult() != nil {}
          return
        }
      }
    } catch {
      _ = exclusiveLoss()
    }
  }
}
