/// What a COPY sends: pieces of whole rows, as bytes in the COPY's format, a few dozen kilobytes each. It can be read once.
///
/// The server waits while nobody asks for the next piece.
public struct PostgresCopyOut: AsyncSequence, Sendable {
  /// Some rows.
  public typealias Element = [UInt8]

  let connection: PostgresConnection

  /// Reads on from where the last iterator stopped.
  public func makeAsyncIterator() -> Iterator {
    Iterator(connection: connection)
  }

  /// Reads piece by piece.
  public struct Iterator: AsyncIteratorProtocol {
    let connection: PostgresConnection

    /// The next piece; nil after the last.
    ///
    /// - Throws: the server's error; `CancellationError`.
    public mutating func next() async throws -> [UInt8]? {
      try await connection.readCopy()
    }
  }
}
