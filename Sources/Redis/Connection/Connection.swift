import Polling

/// One connection from its first attempt to its end. It is not made again: whoever owns it makes another.
///
/// Lives on the loop's thread. Commands go into hiredis's buffer as they come and leave together, one flush per turn of
/// the loop; replies are matched with calls by their order. Once anything goes wrong that order is lost, so every error
/// and every missed time limit ends the connection.
final class Connection {
  private enum Phase {
    case opening, greeting, ready, closed
  }

  private struct Sent {
    let call: Call
    /// Where the command ends, counted in bytes from the connection's start.
    let end: Int
    let at: Moment
  }

  let configuration: RedisConfiguration
  private let loop: PollingLoop
  private let metrics: ConnectionMetrics

  /// Called once, when commands can be sent.
  var onReady: () -> Void = {}
  /// Called once, at the end; calls in flight have been answered by then.
  var onClosed: (ConnectionLoss) -> Void = { _ in }
  /// Called whenever the last reply that was missing has come.
  var onIdle: () -> Void = {}
  /// Takes what the server sends unasked, once the connection is subscribed.
  var onPush: ((RedisReply) -> Void)?

  private var phase = Phase.opening
  private var wire: Wire?
  private var addresses: ArraySlice<Address> = []
  private var early: [Call] = []
  private var sent = Queue<Sent>()
  /// How many calls in flight the metrics know of.
  private var reported = 0
  private var lastTimed = Moment(nanoseconds: 0)
  private var isFlushing = false
  private var turn = Moment.now
  private var loss = ConnectionLoss.closed
  private var openTimer: PollingTimer?
  private var replyTimer: (timer: PollingTimer, due: Moment)?
  /// How many of the oldest calls in flight have been told that they are slow.
  private var hurried = 0

  init(_ configuration: RedisConfiguration, loop: PollingLoop, metrics: ConnectionMetrics) {
    self.configuration = configuration
    self.loop = loop
    self.metrics = metrics
  }

  var isReady: Bool { phase == .ready }
  var isClosed: Bool { phase == .closed }
  var callsInFlight: Int { sent.count + early.count }

  // MARK: - Opening

  /// Resolves the name, connects and logs in, all within the connect timeout.
  func open() {
    openTimer = loop.schedule(after: configuration.connectTimeout) { [self] in
      openTimer = nil
      close(.unreachable("connecting took longer than \(configuration.connectTimeout)"))
    }
    configuration.endpoint.resolve(on: loop) { [self] result in
      guard phase == .opening else { return }
      switch result {
      case .success(let found):
        addresses = found[...]
        connectToNextAddress(after: "the name has no address")
      case .failure(let failure): close(.unreachable(failure.reason))
      }
    }
  }

  private func connectToNextAddress(after reason: String) {
    dropWire()
    guard let address = addresses.popFirst() else { return close(.unreachable(reason)) }
    do {
      let wire = try Wire(address)
      self.wire = wire
      loop.watch(wire.descriptor, for: .writable) { [self] in respond(to: $0) }
    } catch {
      connectToNextAddress(after: error.reason)
    }
  }

  private func settleOpening(_ wire: Wire) {
    if let failure = wire.connectionFailure() { return connectToNextAddress(after: failure.reason) }
    phase = .greeting
    loop.update(wire.descriptor, for: .readable)
    let greeting = Greeting(configuration)
    var replies: [RedisReply] = []
    let call = Call(greeting.bytes, replies: greeting.count)
    call.wait { [self] event in
      // A failure has closed the connection already.
      guard case .reply(let reply) = event else { return }
      replies.append(reply)
      guard replies.count == greeting.count else { return }
      if let loss = greeting.problem(in: replies) { close(loss) } else { becomeReady() }
    }
    send(call)
  }

  private func becomeReady() {
    phase = .ready
    if let openTimer { loop.cancel(openTimer) }
    openTimer = nil
    for call in early { send(call) }
    early = []
    onReady()
  }

  // MARK: - Sending

  /// Sends a call, or keeps it until the connection is ready.
  func submit(_ call: Call) {
    switch phase {
    case .ready: send(call)
    case .opening, .greeting: early.append(call)
    case .closed: call.fail(loss.errorBeforeReady)
    }
  }

  /// Sends bytes whose answers come by `onPush`.
  func push(_ bytes: [UInt8]) {
    guard let wire, phase == .ready else { return }
    do {
      try wire.append(bytes)
      flushAtEndOfTurn()
    } catch {
      close(.broken(error))
    }
  }

  private func send(_ call: Call) {
    guard let wire else { return }
    do {
      flushAtEndOfTurn()
      try wire.append(call.bytes)
      sent.append(Sent(call: call, end: wire.appended, at: turn))
      watchReply(sentAt: turn)
    } catch {
      call.fail(RedisError.lost(applied: .no, reason: error.reason))
      close(.broken(error))
    }
  }

  /// A timer without delay is due when this turn's jobs have run, so their commands leave in one write.
  private func flushAtEndOfTurn() {
    guard !isFlushing else { return }
    isFlushing = true
    turn = .now
    _ = loop.schedule(after: .zero) { [self] in
      isFlushing = false
      flush()
    }
  }

  private func flush() {
    guard let wire else { return }
    reportInFlight()
    do {
      loop.update(wire.descriptor, for: try wire.flush() ? .readable : [.readable, .writable])
    } catch {
      let lastWords = phase == .greeting ? wire.lastWords() : nil
      close(lastWords.map { .unreachable($0) } ?? .broken(error))
    }
  }

  // MARK: - Receiving

  private func respond(to readiness: Readiness) {
    guard let wire else { return }
    if phase == .opening { return settleOpening(wire) }
    if readiness.contains(.readable) { receive(wire) }
    if readiness.contains(.writable), phase != .closed { flush() }
  }

  private func receive(_ wire: Wire) {
    let now = Moment.now
    do {
      // Bounded, so that one connection with much to read does not keep the loop's others waiting.
      for _ in 0..<16 {
        let hasMore = try wire.receive()
        while phase != .closed, let reply = try wire.nextReply() { match(reply, now) }
        guard hasMore, phase != .closed else { break }
      }
    } catch {
      close(.broken(error))
    }
    reportInFlight()
  }

  /// Once for many commands, since a counter may cost as much as a command's way through here.
  private func reportInFlight() {
    metrics.inFlight(changedBy: sent.count - reported)
    reported = sent.count
  }

  private func match(_ reply: RedisReply, _ now: Moment) {
    if let onPush { return onPush(reply) }
    guard let first = sent.first else {
      var reason = "the server sent an answer to no question"
      if case .error(let error) = reply { reason = error.message }
      return close(.broken(WireFailure(reason: reason, isProtocol: false)))
    }
    guard first.call.receive(reply) else { return }
    _ = sent.popFirst()
    if hurried > 0 { hurried -= 1 }
    if first.at != lastTimed {
      lastTimed = first.at
      metrics.answered(after: now.nanoseconds - first.at.nanoseconds)
    }
    if sent.isEmpty { onIdle() }
  }

  // MARK: - Time limits

  /// How long an answer may take before its caller is told that it is slow; also how late a cancellation is seen.
  static let patience = Moment.Span(milliseconds: 20)

  private func watchReplies() {
    guard let first = sent.first else { return replyTimer = nil }
    let now = Moment.now
    let limit = first.call.limit ?? configuration.commandTimeout
    guard now < first.at + limit else { return close(.late(limit)) }
    while let next = sent[hurried], next.at + Self.patience <= now {
      next.call.hurry()
      hurried += 1
    }
    let deadline = sent[hurried].map { min($0.at + Self.patience, first.at + limit) } ?? first.at + limit
    let timer = loop.schedule(after: deadline - now) { [self] in watchReplies() }
    replyTimer = (timer, deadline)
  }

  /// Called with every call that is sent: the timer may be set for an earlier call that has long been slow.
  private func watchReply(sentAt moment: Moment) {
    if let replyTimer {
      guard moment + Self.patience < replyTimer.due else { return }
      loop.cancel(replyTimer.timer)
    }
    watchReplies()
  }

  // MARK: - Ending

  /// Ends the connection and answers every call that has none: those in flight cannot know whether they were applied.
  func close(_ loss: ConnectionLoss) {
    guard phase != .closed else { return }
    let left = wire?.sent ?? 0
    phase = .closed
    self.loss = loss
    dropWire()
    for timer in [openTimer, replyTimer?.timer].compactMap({ $0 }) { loop.cancel(timer) }
    var isOldest = true
    while let next = sent.popFirst() {
      next.call.fail(loss.error(forCallSentWhole: next.end <= left, isOldest: isOldest))
      isOldest = false
    }
    for call in early { call.fail(loss.errorBeforeReady) }
    early = []
    reportInFlight()
    onClosed(loss)
    onReady = {}
    onIdle = {}
    onPush = nil
    onClosed = { _ in }
  }

  private func dropWire() {
    guard let wire else { return }
    loop.unwatch(wire.descriptor)
    self.wire = nil
  }
}
