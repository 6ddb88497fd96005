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
    var lines: [Line] = []

    mutating func take(depth: Int) -> PostgresConnection? {
      let roomy = lines.firstIndex { $0.load < depth }
      guard let index = roomy ?? lines.indices.min(by: { lines[$0].load < lines[$1].load }) else { return nil }
      lines[index].load += 1
      return lines[index].connection
    }
  }

  /// An open connection and how many reads have been given to it and are not back.
  private struct Line {
    let connection: PostgresConnection
    var load = 0
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

  /// Runs a read on the first connection that has room, else on the one with the least to do.
  ///
  /// One connection is filled before the next is used: its server process answers many reads between two of the
  /// scheduler's turns, while several with little to do each wake, answer once and sleep. On two cores that halves what
  /// 8 tasks get.
  nonisolated(nonsending) func perform(_ work: UnitOfWork) async throws -> [PostgresResult] {
    let connection: PostgresConnection
    if let open = take() { connection = open } else { connection = try await self.connection() }
    defer { giveBack(connection) }
    return try await connection.perform(work)
  }

  /// The connection to read from, counted; nil when fewer are open than should be.
  nonisolated private func take() -> PostgresConnection? {
    ready.withLockedValue { ready in
      guard ready.lines.count >= configuration.limits.shared else { return nil }
      return ready.take(depth: configuration.limits.sharedDepth)
    }
  }

  nonisolated private func giveBack(_ connection: PostgresConnection) {
    ready.withLockedValue { ready in
      guard let index = ready.lines.firstIndex(where: { $0.connection === connection }) else { return }
      ready.lines[index].load -= 1
    }
  }

  /// A connection to read from, counted; opens what is missing and waits for the first.
  private func connection() async throws -> PostgresConnection {
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
    if let open = ready.withLockedValue({ $0.take(depth: configuration.limits.sharedDepth) }) {
      return caller.resume(returning: open)
    }
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
    let open = ready.withLockedValue { $0.lines.count }
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
      let guests = room.leaveAll(loop)
      ready.withLockedValue { $0.lines.append(Line(connection: connection, load: guests.count)) }
      for guest in guests { guest.continuation.resume(returning: connection) }
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
    ready.withLockedValue { $0.lines.removeAll { $0.connection.failureNow != nil } }
  }

  func close() async {
    isClosed = true
    for guest in room.leaveAll(loop) { guest.continuation.resume(throwing: PostgresError.closed) }
    let open = ready.withLockedValue { ready in
      defer { ready.lines.removeAll() }
      return ready.lines.map(\.connection)
    }
    for connection in open { await connection.close() }
  }
}
