import Logging
import NIOConcurrencyHelpers
import Polling

/// The few connections down which everybody's short reads are pipelined.
actor SharedReads {
  nonisolated let loop: PollingLoop
  nonisolated let configuration: PostgresConfiguration
  nonisolated let log: EventLog
  /// What is open, for readers that come from any thread.
  nonisolated private let ready = NIOLockedValueBox(Ready())

  private struct Ready {
    var connections: [PostgresConnection] = []
    var turn = 0
  }

  private var connecting = 0
  private var failures = 0
  private var room = WaitingRoom<PostgresConnection>()
  private var lastFailure: ConnectionFailure?
  private var isClosed = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(_ configuration: PostgresConfiguration, loop: PollingLoop, log: EventLog) {
    self.configuration = configuration
    self.loop = loop
    self.log = log
  }

  /// A connection to read from, in turn; nil when fewer are open than should be.
  nonisolated func next() -> PostgresConnection? {
    ready.withLockedValue { ready in
      guard ready.connections.count >= configuration.limits.shared else { return nil }
      ready.turn = (ready.turn + 1) % ready.connections.count
      return ready.connections[ready.turn]
    }
  }

  /// A connection to read from; opens what is missing and waits for the first.
  func connection() async throws -> PostgresConnection {
    let number = room.nextNumber()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { request(number, $0) }
    } onCancel: {
      Task(executorPreference: loop) { await self.cancelled(number) }
    }
  }

  private func request(_ number: Int, _ caller: CheckedContinuation<PostgresConnection, any Error>) {
    if isClosed { return caller.resume(throwing: PostgresError.closed) }
    if Task.isCancelled { return caller.resume(throwing: CancellationError()) }
    connectAsNeeded()
    if let open = ready.withLockedValue({ $0.connections.randomElement() }) { return caller.resume(returning: open) }
    let timer = loop.schedule(after: configuration.limits.waitTimeout) { self.gaveUp(number) }
    room.enter(number, caller, timer: timer)
  }

  private func gaveUp(_ number: Int) {
    guard let guest = room.leave(number, loop) else { return }
    let failure =
      lastFailure
      ?? ConnectionFailure(
        message: "no connection within \(configuration.limits.waitTimeout)", sqlState: nil, mayHaveBeenApplied: false)
    guest.continuation.resume(throwing: PostgresError.connection(failure))
  }

  private func cancelled(_ number: Int) {
    room.leave(number, loop)?.continuation.resume(throwing: CancellationError())
  }

  // MARK: - Connections

  private func connectAsNeeded() {
    let open = ready.withLockedValue { $0.connections.count }
    let wanted = failures == 0 ? configuration.limits.shared - open : 1
    while !isClosed, connecting < wanted {
      connecting += 1
      let delay = Backoff.delay(afterFailures: failures)
      Task(executorPreference: loop) { await self.connect(after: delay) }
    }
  }

  private func connect(after delay: Duration) async {
    if delay > .zero { try? await Task.sleep(for: delay) }
    let connection = PostgresConnection(configuration, loop: loop, log: log, isShared: true) { [weak self, loop] in
      Task(executorPreference: loop) { await self?.dropClosed() }
    }
    do {
      try await connection.establish()
      if isClosed { throw PostgresError.closed }
      if let failure = connection.failureNow { throw failure }
      connecting -= 1
      failures = 0
      ready.withLockedValue { $0.connections.append(connection) }
      for guest in room.leaveAll(loop) { guest.continuation.resume(returning: connection) }
    } catch {
      await connection.close()
      connecting -= 1
      failures += 1
      failed(error)
    }
  }

  private func failed(_ error: any Error) {
    if case .connection(let failure) = error as? PostgresError, !isClosed {
      lastFailure = failure
      log.log(
        .warning, "cannot connect to Postgres", ["pool": "\(configuration.name)", "reason": "\(failure.message)"])
      if !failure.isPermanent {
        if room.count > 0 { connectAsNeeded() }
        return
      }
    }
    for guest in room.leaveAll(loop) { guest.continuation.resume(throwing: error) }
  }

  private func dropClosed() {
    ready.withLockedValue { ready in
      ready.connections.removeAll { $0.failureNow != nil }
      ready.turn = 0
    }
  }

  func close() async {
    isClosed = true
    for guest in room.leaveAll(loop) { guest.continuation.resume(throwing: PostgresError.closed) }
    let open = ready.withLockedValue { ready in
      defer { ready.connections.removeAll() }
      return ready.connections
    }
    for connection in open { await connection.close() }
  }
}
