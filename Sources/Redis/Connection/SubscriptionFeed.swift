import Polling

/// Keeps one subscription alive on a connection of its own and feeds its events.
actor SubscriptionFeed {
  private nonisolated let loop: PollingLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private let channels: [String]
  private let patterns: [String]
  private let configuration: RedisConfiguration
  private let log: OffLoopLog
  private let metrics = ConnectionMetrics(.subscription)
  private var outlet: SubscriptionOutlet

  private var connection: Connection?
  private var backoff: Backoff
  private var timer: PollingTimer?
  private var unconfirmed = 0
  private var hasGap = false
  private var isProbed = false
  private var isEnded = false
  private var starting: CheckedContinuation<Void, any Error>?
  private var startDeadline = ContinuousClock.now

  init(
    channels: [String], patterns: [String], _ configuration: RedisConfiguration, loop: PollingLoop, log: OffLoopLog,
    events: AsyncStream<RedisSubscriptionEvent>.Continuation
  ) {
    self.channels = channels
    self.patterns = patterns
    self.configuration = configuration
    self.loop = loop
    self.log = log
    outlet = SubscriptionOutlet(events)
    backoff = Backoff(configuration.reconnectPause)
  }

  /// Returns when the server has confirmed every channel and pattern.
  func start() async throws {
    startDeadline = .now + configuration.waitLimit
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        starting = continuation
        if isEnded { fail(CancellationError()) } else { connect() }
      }
    } onCancel: {
      Task { await self.end() }
    }
  }

  /// Closes the connection and ends the sequence.
  func end() {
    fail(CancellationError())
  }

  private func fail(_ error: any Error) {
    isEnded = true
    schedule(nil) {}
    connection?.close(.closed)
    connection = nil
    outlet.finish()
    starting.take()?.resume(throwing: error)
  }

  // MARK: - Connection

  private func connect() {
    let connection = Connection(configuration, loop: loop, metrics: metrics)
    self.connection = connection
    connection.onReady = { self.ask(connection) }
    connection.onClosed = { self.lose($0) }
    connection.open()
  }

  private func ask(_ connection: Connection) {
    unconfirmed = channels.count + patterns.count
    connection.onPush = { self.take($0) }
    if !channels.isEmpty { connection.push(RedisCommand("SUBSCRIBE", arguments: channels).encoded) }
    if !patterns.isEmpty { connection.push(RedisCommand("PSUBSCRIBE", arguments: patterns).encoded) }
    schedule(configuration.commandTimeout) {
      connection.close(.late(self.configuration.commandTimeout))
    }
  }

  private func lose(_ loss: ConnectionLoss) {
    guard !isEnded else { return }
    connection = nil
    if starting != nil {
      if case .refused(let error) = loss { return fail(RedisError.refused(error)) }
      if .now >= startDeadline { return fail(RedisError.unavailable(reason: loss.reason)) }
    } else {
      hasGap = true
    }
    let pause = backoff.pause()
    log.warning("subscription to Redis interrupted, trying again in \(pause): \(loss.reason)", configuration)
    schedule(pause) { self.connect() }
  }

  // MARK: - What the server sends

  private func take(_ reply: RedisReply) {
    isProbed = false
    switch SubscriptionPush(reply) {
    case .confirmed: confirm()
    case .message(let message): outlet.send(message)
    case .refused(let error): connection?.close(.refused(error))
    case .other: break
    }
  }

  private func confirm() {
    if hasGap {
      hasGap = false
      metrics.reconnected()
      outlet.reconnected()
    }
    unconfirmed -= 1
    guard unconfirmed == 0 else { return }
    backoff.reset()
    starting.take()?.resume()
    probe()
  }

  /// Nothing may come for hours, so a server that is gone would not be noticed: ask it now and then.
  private func probe() {
    schedule(configuration.subscriptionProbe) {
      if self.isProbed {
        self.connection?.close(.late(self.configuration.subscriptionProbe))
      } else {
        self.isProbed = true
        self.connection?.push(RedisCommand("PING").encoded)
        self.probe()
      }
    }
  }

  /// Replaces the timer: the feed waits for one thing at a time.
  private func schedule(_ delay: Duration?, _ action: @escaping () -> Void) {
    if let timer { loop.cancel(timer) }
    timer = delay.map { loop.schedule(after: $0, action) }
  }
}
