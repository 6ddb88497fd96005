import Polling

/// The connections on which commands wait in the server, each lent to one call at a time; a few are kept for the next.
actor BlockingConnections {
  private nonisolated let loop: PollingLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private static let keptIdle = 4

  private let configuration: RedisConfiguration
  /// Ends a wait in the server by the number of the connection that waits.
  private let unblock: @Sendable (Int) async -> Void
  private let metrics = ConnectionMetrics(.blocking)
  private var idle: [Connection] = []
  private var lent: [ObjectIdentifier: Connection] = [:]
  /// What the server calls them, as far as it has said.
  private var numbers: [ObjectIdentifier: Int] = [:]
  /// The commands on their way that end a wait.
  private var unblocking: [ObjectIdentifier: Task<Void, Never>] = [:]
  private var isClosed = false

  init(_ configuration: RedisConfiguration, loop: PollingLoop, unblock: @escaping @Sendable (Int) async -> Void) {
    self.configuration = configuration
    self.loop = loop
    self.unblock = unblock
  }

  /// Sends a command that waits in the server for as long as `timeout`; waits for a server that is away as any other call
  /// does.
  func perform(_ command: RedisCommand, timeout: Duration) async throws -> RedisValue {
    let deadline = ContinuousClock.now + configuration.waitLimit
    var backoff = Backoff(configuration.reconnectPause)
    while true {
      do {
        return try await attempt(command, timeout)
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

  private func attempt(_ command: RedisCommand, _ timeout: Duration) async throws -> RedisValue {
    let connection = try lend()
    defer { takeBack(connection) }
    let call = Call(command.encoded, limit: timeout + configuration.commandTimeout)
    // An idle server looks only ten times a second at who has waited long enough.
    let key = ObjectIdentifier(connection)
    let timer = endWait(of: key, after: timeout)
    defer { loop.cancel(timer) }
    do {
      let value: RedisValue? = try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          // Through a method of the actor: that is what keeps these closures on the loop.
          self.submit(call, to: connection, continuation)
        }
      } onCancel: {
        call.cancel(on: loop)
      }
      // It must not end the next one's wait.
      await unblocking.removeValue(forKey: key)?.value
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

  private func endWait(of key: ObjectIdentifier, after timeout: Duration) -> PollingTimer {
    loop.schedule(after: timeout) { self.endWait(of: key) }
  }

  /// Without a number the server's own clock ends the wait, somewhat later.
  private func endWait(of key: ObjectIdentifier) {
    guard let number = numbers[key] else { return }
    unblocking[key] = Task(executorPreference: loop) { [unblock] in await unblock(number) }
  }

  private func ask(whoIs connection: Connection) {
    let key = ObjectIdentifier(connection)
    let question = Call(RedisCommand("CLIENT", "ID").encoded)
    question.wait { event in
      if case .reply(.value(let value)) = event { self.numbers[key] = value.integer }
    }
    connection.submit(question)
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
    let key = ObjectIdentifier(connection)
    connection.onClosed = { _ in
      self.idle.removeAll(where: \.isClosed)
      self.numbers[key] = nil
      self.unblocking[key] = nil
    }
    connection.open()
    ask(whoIs: connection)
    return connection
  }

  private func takeBack(_ connection: Connection) {
    lent[ObjectIdentifier(connection)] = nil
    guard !connection.isClosed else { return }
    if idle.count < Self.keptIdle { idle.append(connection) } else { connection.close(.closed) }
  }
}
