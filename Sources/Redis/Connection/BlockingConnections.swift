import Polling

/// The connections on which commands wait in the server, each lent to one call at a time; a few are kept for the next.
actor BlockingConnections {
  private nonisolated let loop: PollingLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private static let keptIdle = 4

  private let configuration: RedisConfiguration
  private let metrics = ConnectionMetrics(.blocking)
  private var idle: [Connection] = []
  private var lent: [ObjectIdentifier: Connection] = [:]
  private var isClosed = false

  init(_ configuration: RedisConfiguration, loop: PollingLoop) {
    self.configuration = configuration
    self.loop = loop
  }

  /// Sends a command that may take as long as `limit`; waits for a server that is away as any other call does.
  func perform(_ command: RedisCommand, limit: Duration) async throws -> RedisValue {
    let deadline = ContinuousClock.now + configuration.waitLimit
    var backoff = Backoff(configuration.reconnectPause)
    while true {
      do {
        return try await attempt(command, limit)
      } catch RedisError.unavailable where ContinuousClock.now < deadline && lent.count < mostLent {
        try await Task.sleep(for: backoff.pause())
      }
    }
  }

  /// Ends every connection; pops that are waiting fail.
  func close() {
    isClosed = true
    for connection in idle + lent.values { connection.close(.closed) }
  }

  private func attempt(_ command: RedisCommand, _ limit: Duration) async throws -> RedisValue {
    let connection = try lend()
    defer { takeBack(connection) }
    let call = Call(command.encoded, limit: limit)
    do {
      let value: RedisValue? = try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          // Through a method of the actor: that is what keeps these closures on the loop.
          self.submit(call, to: connection, continuation)
        }
      } onCancel: {
        call.cancel(on: loop)
      }
      return value ?? .null
    } catch let error as CancellationError {
      // The server still waits for our sake: only hanging up tells it that nobody will take what it pops.
      connection.close(.closed)
      throw error
    }
  }

  private func submit(
    _ call: Call, to connection: Connection, _ continuation: CheckedContinuation<RedisValue?, any Error>
  ) {
    call.wait { $0.resume(continuation) }
    if !call.isCancelled { connection.submit(call) }
  }

  private var mostLent: Int { configuration.maximumBlockingConnections }

  private func lend() throws(RedisError) -> Connection {
    guard !isClosed else { throw .closed }
    guard lent.count < mostLent else {
      throw .unavailable(reason: "all \(mostLent) connections for blocking calls are in use")
    }
    let connection = idle.popLast() ?? open()
    lent[ObjectIdentifier(connection)] = connection
    return connection
  }

  private func open() -> Connection {
    let connection = Connection(configuration, loop: loop, metrics: metrics)
    connection.onClosed = { _ in self.idle.removeAll(where: \.isClosed) }
    connection.open()
    return connection
  }

  private func takeBack(_ connection: Connection) {
    lent[ObjectIdentifier(connection)] = nil
    guard !connection.isClosed else { return }
    if idle.count < Self.keptIdle { idle.append(connection) } else { connection.close(.closed) }
  }
}
