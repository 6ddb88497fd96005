import NIOConcurrencyHelpers
import Polling

/// The connection that any number of tasks use at once; it is made when it is first needed and made again after a loss.
///
/// Calls that find no connection wait for one, up to the configuration's limit.
actor SharedConnection {
  nonisolated let loop: PollingLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// What callers on other threads have left for the loop.
  nonisolated let inbox = NIOLockedValueBox<[Submission]>([])

  /// The connection while calls can be sent, for callers that are on the loop's thread.
  nonisolated let ready = Ready()

  /// `@unchecked Sendable` is safe: `connection` is touched on the loop's thread alone.
  final class Ready: @unchecked Sendable {
    fileprivate(set) var connection: Connection?
  }

  private enum State {
    case idle
    case connecting(Connection)
    case ready(Connection)
    case pausing(PollingTimer)
    case closed
  }

  private struct Waiting {
    let call: Call
    let deadline: Moment
  }

  private let configuration: RedisConfiguration
  private let log: OffLoopLog
  private let metrics = ConnectionMetrics(.shared)

  private var state = State.idle {
    didSet {
      if case .ready(let connection) = state { ready.connection = connection } else { ready.connection = nil }
    }
  }
  private var waiting = Queue<Waiting>()
  private var waitTimer: PollingTimer?
  private var backoff: Backoff
  private var lastLoss = "it has not been connected yet"
  private var wasReady = false

  init(_ configuration: RedisConfiguration, loop: PollingLoop, log: OffLoopLog) {
    self.configuration = configuration
    self.loop = loop
    self.log = log
    backoff = Backoff(configuration.reconnectPause)
  }

  /// Sends the call as soon as there is a connection.
  func submit(_ submission: Submission) {
    guard submission.begin() else { return }
    let call = submission.call
    switch state {
    case .ready(let connection): connection.submit(call)
    case .connecting, .pausing: wait(call)
    case .idle:
      wait(call)
      connect()
    case .closed: call.fail(RedisError.closed)
    }
  }

  /// How many calls have been handed to the connection and have no answer yet.
  var callsInFlight: Int {
    if case .ready(let connection) = state { connection.callsInFlight } else { 0 }
  }

  // MARK: - Connecting

  private func connect() {
    let connection = Connection(configuration, loop: loop, metrics: metrics)
    state = .connecting(connection)
    connection.onReady = { self.become(ready: connection) }
    connection.onClosed = { self.lose($0) }
    connection.open()
  }

  private func become(ready connection: Connection) {
    if wasReady { metrics.reconnected() }
    wasReady = true
    backoff.reset()
    state = .ready(connection)
    log.info("connected to Redis", configuration)
    while let next = waiting.popFirst() {
      if !next.call.isCancelled { connection.submit(next.call) }
    }
  }

  private func lose(_ loss: ConnectionLoss) {
    if case .closed = state { return }
    lastLoss = loss.reason
    if case .refused(let error) = loss { failWaiting(.refused(error)) }
    let pause = backoff.pause()
    log.warning("no connection to Redis, trying again in \(pause): \(loss.reason)", configuration)
    state = .pausing(
      loop.schedule(after: pause) { self.connect() })
  }

  // MARK: - Waiting

  private func wait(_ call: Call) {
    guard waiting.count < configuration.maximumWaiting else {
      return call.fail(
        RedisError.unavailable(reason: "\(waiting.count) calls are waiting for the connection already: \(lastLoss)"))
    }
    waiting.append(Waiting(call: call, deadline: .now + configuration.waitLimit))
    call.hurry()
    if waitTimer == nil { watchWaiting() }
  }

  private func watchWaiting() {
    let now = Moment.now
    while let first = waiting.first, first.deadline <= now {
      _ = waiting.popFirst()
      first.call.fail(
        RedisError.unavailable(reason: "no connection within \(configuration.waitLimit); \(lastLoss)"))
    }
    guard let first = waiting.first else { return }
    waitTimer = loop.schedule(after: first.deadline - now) {
      self.waitTimer = nil
      self.watchWaiting()
    }
  }

  private func failWaiting(_ error: RedisError) {
    while let next = waiting.popFirst() { next.call.fail(error) }
  }

  // MARK: - Closing

  /// Refuses new calls, lets those in flight have their answers (each within its time limit), and closes.
  func close() async {
    guard case .ready(let connection) = state else { return closeNow() }
    state = .closed
    await withCheckedContinuation { continuation in
      // On the way here the answers may have come, or the connection may have been lost.
      guard !connection.isClosed else { return continuation.resume() }
      connection.onClosed = { _ in continuation.resume() }
      guard connection.callsInFlight > 0 else { return connection.close(.closed) }
      connection.onIdle = { connection.close(.closed) }
    }
    closeNow()
  }

  private func closeNow() {
    switch state {
    case .connecting(let connection), .ready(let connection):
      state = .closed
      connection.close(.closed)
    case .pausing(let timer): loop.cancel(timer)
    case .idle, .closed: break
    }
    state = .closed
    failWaiting(.closed)
    if let waitTimer { loop.cancel(waitTimer) }
    waitTimer = nil
  }
}
