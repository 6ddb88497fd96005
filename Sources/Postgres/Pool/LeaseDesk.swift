import Logging
import Polling

/// A connection that is lent out.
struct Lease: Sendable {
  let slot: Int
  let connection: PostgresConnection
  /// Whether it was idle for so long that it has to answer first.
  var mustCheck = false
}

/// Hands out a pool's connections, makes new ones, and takes old ones away.
actor LeaseDesk: LoopActor {
  nonisolated let loop: PollingLoop
  nonisolated let configuration: PostgresConfiguration
  nonisolated let log: EventLog
  nonisolated private let metrics: PoolMetrics

  private var state: PoolState
  private var connections: [Int: PostgresConnection] = [:]
  private var room = WaitingRoom<Lease>()
  private var lastFailure: ConnectionFailure?
  private var isClosed = false
  private var allReturned: CheckedContinuation<Void, Never>?

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(_ configuration: PostgresConfiguration, loop: PollingLoop, log: EventLog) {
    self.configuration = configuration
    self.loop = loop
    self.log = log
    state = PoolState(limits: configuration.limits)
    metrics = PoolMetrics(pool: configuration.name)
  }

  var inUse: Int { state.inUse }
  var waiting: Int { state.waiting }
  var size: Int { state.size }

  // MARK: - Leases

  /// A connection that is idle and needs no check, if there is one.
  func leaseIdle(preferring affinity: String?) throws -> Lease? {
    try Task.checkCancellation()
    guard !isClosed, let slot = state.leaseFresh(affinity: affinity, now: .now), let connection = connections[slot]
    else {
      return nil
    }
    metrics.record(wait: .zero)
    record()
    return Lease(slot: slot, connection: connection)
  }

  func lease(preferring affinity: String?) async throws -> Lease {
    while true {
      let number = room.nextNumber()
      let lease = try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { request(number, affinity, $0) }
      } onCancel: {
        Task(executorPreference: loop) { await self.cancelled(number) }
      }
      guard lease.mustCheck, await !answers(lease.connection) else { return lease }
      discard(lease.slot)
    }
  }

  /// Asks for a slot and, if there is none, takes a place in the waiting room. Both in one step: whoever is promised the
  /// next slot has to be there when it comes.
  private func request(_ number: Int, _ affinity: String?, _ caller: CheckedContinuation<Lease, any Error>) {
    if isClosed { return caller.resume(throwing: PostgresError.closed) }
    if Task.isCancelled { return caller.resume(throwing: CancellationError()) }
    switch state.request(waiter: number, affinity: affinity, now: .now) {
    case .full: caller.resume(throwing: timeout(waited: .zero))
    case .wait:
      let timer = loop.schedule(after: configuration.limits.waitTimeout) { self.gaveUp(number) }
      room.enter(number, caller, timer: timer)
      connectAsNeeded()
    case .lease(let slot, let check):
      guard let connection = connections[slot] else {
        // A slot is idle only while its connection is there.
        caller.resume(throwing: PostgresError.misuse("slot \(slot) of the pool has no connection"))
        break
      }
      metrics.record(wait: .zero)
      caller.resume(returning: Lease(slot: slot, connection: connection, mustCheck: check))
    }
    record()
  }

  private func gaveUp(_ number: Int) {
    guard state.withdraw(waiter: number), let guest = room.leave(number, loop) else { return }
    guest.continuation.resume(throwing: timeout(waited: .now - guest.since))
    record()
  }

  private func cancelled(_ number: Int) {
    guard state.withdraw(waiter: number), let guest = room.leave(number, loop) else { return }
    guest.continuation.resume(throwing: CancellationError())
    record()
  }

  /// Where nothing is in use the pool is not too small: the server cannot be reached, and that is the error.
  private func timeout(waited: Duration) -> PostgresError {
    if state.inUse == 0, let lastFailure { return .connection(lastFailure) }
    return .poolTimeout(
      PoolTimeout(
        waited: waited, inUse: state.inUse, limit: configuration.limits.maximum, waiting: state.waiting,
        lastFailure: lastFailure))
  }

  /// Takes a connection back, however its borrower has left it.
  func giveBack(_ lease: Lease) async {
    let isClean = await lease.connection.tidyUp()
    // It may have been lost while it was on its way back, when it was nobody's to miss.
    guard isClean, !isClosed, lease.connection.failureNow == nil else { return discard(lease.slot) }
    settle(lease.slot, state.returned(lease.slot, now: .now))
  }

  /// Takes a connection back that is in good order; whether it was.
  func giveBackTidy(_ lease: Lease) -> Bool {
    guard !isClosed, lease.connection.assumeIsolated({ $0.isTidy }) else { return false }
    settle(lease.slot, state.returned(lease.slot, now: .now))
    return true
  }

  private func settle(_ slot: Int, _ returned: PoolState.Returned) {
    switch returned {
    case .idle: break
    case .retire: discard(slot)
    case .lease(let waiter):
      guard let guest = room.leave(waiter, loop), let connection = connections[slot] else { break }
      metrics.record(wait: .now - guest.since)
      guest.continuation.resume(returning: Lease(slot: slot, connection: connection))
    }
    record()
  }

  private func discard(_ slot: Int) {
    state.remove(slot)
    if let connection = connections.removeValue(forKey: slot) {
      Task(executorPreference: loop) { await connection.close() }
    }
    connectAsNeeded()
    record()
    if isClosed, state.inUse == 0 { endWait() }
  }

  private func endWait() {
    allReturned?.resume()
    allReturned = nil
  }

  private func record() {
    metrics.record(inUse: state.inUse, waiting: state.waiting)
  }

  /// Whether a connection that was idle for long still leads to the server.
  private func answers(_ connection: PostgresConnection) async -> Bool {
    let timer = loop.schedule(after: configuration.cancelTimeout) {
      Task(executorPreference: self.loop) { await connection.close() }
    }
    defer { loop.cancel(timer) }
    return await connection.ping()
  }

  // MARK: - Connections

  private func connectAsNeeded() {
    guard !isClosed else { return }
    while let slot = state.slotToConnect(now: .now) {
      let delay = Backoff.delay(afterFailures: state.failures)
      Task(executorPreference: loop) { await self.connect(slot, after: delay) }
    }
  }

  private func connect(_ slot: Int, after delay: Duration) async {
    if delay > .zero { try? await Task.sleep(for: delay) }
    let connection = PostgresConnection(configuration, loop: loop, log: log) { [weak self, loop] in
      Task(executorPreference: loop) { await self?.lost(slot) }
    }
    do {
      if isClosed { throw PostgresError.closed }
      try await connection.establish()
      if isClosed { throw PostgresError.closed }
      if let failure = connection.failureNow { throw failure }
      connections[slot] = connection
      lastFailure = nil
      settle(slot, state.connected(slot, now: .now))
      connectAsNeeded()
    } catch {
      await connection.close()
      state.connectFailed(slot)
      failed(error)
    }
  }

  private func failed(_ error: any Error) {
    guard !isClosed else { return }
    if case .connection(let failure) = error as? PostgresError {
      lastFailure = failure
      log.log(
        .warning, "cannot connect to Postgres", ["pool": "\(configuration.name)", "reason": "\(failure.message)"])
      if !failure.isPermanent { return connectAsNeeded() }
    }
    // No further attempt can help those who wait.
    for number in room.numbersOfGuests {
      guard state.withdraw(waiter: number), let guest = room.leave(number, loop) else { continue }
      guest.continuation.resume(throwing: error)
    }
    record()
  }

  /// A connection was lost; one that is lent out is dealt with when it comes back.
  private func lost(_ slot: Int) {
    guard state.isIdle(slot) else { return }
    discard(slot)
  }

  // MARK: - Upkeep

  private static let sweepInterval = Duration.seconds(5)

  /// Opens the minimum and begins to look after the connections; to be called once.
  func open() {
    connectAsNeeded()
    scheduleSweep()
  }

  private func scheduleSweep() {
    _ = loop.schedule(after: Self.sweepInterval) { [weak self] in self?.assumeIsolated { $0.sweep() } }
  }

  private func sweep() {
    guard !isClosed else { return }
    for slot in state.sweep(now: .now) { discard(slot) }
    connectAsNeeded()
    scheduleSweep()
  }

  /// Refuses new callers, waits for what is lent out, and closes everything at the latest after `limit`.
  func close(within limit: Duration) async {
    guard !isClosed else { return }
    isClosed = true
    for guest in room.leaveAll(loop) { guest.continuation.resume(throwing: PostgresError.closed) }
    for slot in state.idle { discard(slot) }
    let timer = loop.schedule(after: limit) { self.endWait() }
    await withCheckedContinuation { continuation in
      allReturned = continuation
      if state.inUse == 0 { endWait() }
    }
    loop.cancel(timer)
    for connection in connections.values { await connection.close() }
    connections.removeAll()
    record()
  }
}
