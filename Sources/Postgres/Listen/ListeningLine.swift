import Logging
import NIOConcurrencyHelpers
import Polling

/// Opens listening connections for a pool and closes them with it.
final class ListeningLine: Sendable {
  private let configuration: PostgresConfiguration
  private let loop: PollingLoop
  private let log: EventLog
  private let state = NIOLockedValueBox(State())

  private struct State {
    var isClosed = false
    /// Weak: a listener that is dropped closes its connection.
    var open: [@Sendable () -> PostgresConnection?] = []
  }

  init(_ configuration: PostgresConfiguration, loop: PollingLoop, log: EventLog) {
    self.configuration = configuration
    self.loop = loop
    self.log = log
  }

  var isClosed: Bool { state.withLockedValue { $0.isClosed } }

  func listen(on channels: [String]) async throws -> PostgresConnection {
    guard configuration.profile == .direct else {
      throw PostgresError.misuse("LISTEN does not work through a pooler: connect to the server itself")
    }
    let connection = PostgresConnection(configuration, loop: loop, log: log)
    try await connection.establish()
    await connection.openInbox()
    do {
      try await connection.query(channels.map { SQL(constant: "listen \(SQL.quoted(identifier: $0))") })
      let isClosed = state.withLockedValue { state in
        state.open.removeAll { $0() == nil }
        state.open.append { [weak connection] in connection }
        return state.isClosed
      }
      if isClosed { throw PostgresError.closed }
      return connection
    } catch {
      await connection.close()
      throw error
    }
  }

  func close() async {
    let open = state.withLockedValue { state in
      state.isClosed = true
      return state.open.compactMap { $0() }
    }
    for connection in open { await connection.close() }
  }
}
