/// What a listener hears.
public enum PostgresListenEvent: Sendable, Hashable {
  /// From now on everything is heard. After a gap, what was said before may have been missed: look at the tables again.
  case listening(afterGap: Bool)
  /// Somebody said something.
  case notification(PostgresNotification)
}

/// What is said on some channels, heard on a connection of its own that is opened with the first `next()` and closed
/// when the iterator goes.
///
/// It reconnects by itself, and tells so with `.listening(afterGap: true)`; the same event comes when notifications
/// arrived faster than they were taken. It ends when the task is cancelled or the pool is closed.
public struct PostgresNotifications: AsyncSequence, Sendable {
  /// An event.
  public typealias Element = PostgresListenEvent

  let channels: [String]
  let line: ListeningLine

  /// A listener of its own.
  public func makeAsyncIterator() -> Iterator {
    Iterator(channels: channels, line: line)
  }

  /// Hears event by event.
  public struct Iterator: AsyncIteratorProtocol {
    let channels: [String]
    let line: ListeningLine
    private var connection: PostgresConnection?
    private var hasListened = false
    private var failures = 0

    init(channels: [String], line: ListeningLine) {
      self.channels = channels
      self.line = line
    }

    /// The next event; nil when the task was cancelled or the pool was closed.
    ///
    /// - Throws: `PostgresError` if no attempt to connect can help: a wrong password, a pooler in between.
    public mutating func next() async throws -> PostgresListenEvent? {
      while !Task.isCancelled, !line.isClosed {
        guard let connection else {
          guard try await listen() else { continue }
          defer { hasListened = true }
          return .listening(afterGap: hasListened)
        }
        switch await connection.nextNotification() {
        case .notification(let notification): return .notification(notification)
        case .overflow: return .listening(afterGap: true)
        case .cancelled: break
        case .ended: self.connection = nil
        }
      }
      await connection?.close()
      connection = nil
      return nil
    }

    /// Tries once to connect and listen; whether it worked.
    private mutating func listen() async throws -> Bool {
      do {
        if failures > 0 { try await Task.sleep(for: Backoff.delay(afterFailures: failures)) }
        connection = try await line.listen(on: channels)
        failures = 0
        return true
      } catch let error as PostgresError {
        guard case .connection(let failure) = error, !failure.isPermanent else { throw error }
        failures += 1
        return false
      } catch is CancellationError {
        return false
      }
    }
  }
}
