/// Writes the rows of a COPY, a few dozen kilobytes per trip to the connection.
public struct PostgresCopyWriter {
  @usableFromInline static let chunk = 64 * 1_024

  private let connection: PostgresConnection
  @usableFromInline var rows = PostgresCopyText()

  init(_ connection: PostgresConnection) {
    self.connection = connection
  }

  /// Writes a row in text format with one value per column. The COPY must be in text format, its default.
  ///
  /// Waits, now and then, for the server to take what was written. A row that the server refuses is told when the COPY
  /// ends; what is written behind it is dropped.
  /// - Throws: `PostgresError.connection`; `CancellationError`.
  @inlinable
  public nonisolated(nonsending) mutating func write<each Value: PostgresTextEncodable>(
    row values: repeat each Value
  ) async throws {
    rows.append(repeat each values)
    if rows.bytes.count >= Self.chunk { try await flush() }
  }

  /// Writes bytes in whatever format the COPY has; they need not end with a row.
  public nonisolated(nonsending) mutating func write(_ bytes: [UInt8]) async throws {
    try await flush()
    try await connection.writeCopy(bytes)
  }

  @usableFromInline
  nonisolated(nonsending) mutating func flush() async throws {
    guard !rows.bytes.isEmpty else { return }
    try await connection.writeCopy(rows.bytes)
    rows.removeAll()
  }
}
