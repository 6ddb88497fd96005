import CLibpq
import Polling

/// What ended a wait while connecting.
enum ConnectingEvent {
  case ready
  case timedOut
  case cancelled
  case closed
}

extension PostgresConnection {
  /// Connects; to be called once.
  func establish() async throws {
    let parameters = try await HostResolver.resolve(configuration.connectParameters)
    do {
      let libpq = try Libpq(parameters) { [log] notice in log.log(notice: notice, backend: 0) }
      self.libpq = libpq
      try await withTaskCancellationHandler {
        try await poll(libpq)
      } onCancel: {
        Task(executorPreference: loop) { await self.wakeConnecting(.cancelled) }
      }
      guard libpq.enterPipeline() else { throw connectionFailure(libpq.errorMessage) }
      libpq.onNotice { [weak self] notice in self?.assumeIsolated { $0.received(notice) } }
      watch(libpq)
    } catch {
      libpq = nil
      if failure == nil { failure = error as? PostgresError ?? .closed }
      throw error
    }
  }

  private func poll(_ libpq: Libpq) async throws {
    libpq.tellCodes(true)
    let deadline = ContinuousClock.now + configuration.effectiveConnectTimeout
    var state = PGRES_POLLING_WRITING
    while true {
      switch state {
      case PGRES_POLLING_OK:
        return libpq.tellCodes(false)
      case PGRES_POLLING_READING: try await wait(for: .readable, of: libpq, until: deadline)
      case PGRES_POLLING_WRITING: try await wait(for: .writable, of: libpq, until: deadline)
      default: throw PostgresError.connection(ConnectionFailure(connecting: libpq.errorMessage))
      }
      state = libpq.pollConnecting()
    }
  }

  /// libpq may change the socket with every poll, so it is watched for one event at a time.
  private func wait(for interest: Readiness, of libpq: Libpq, until deadline: ContinuousClock.Instant) async throws {
    let socket = libpq.socket
    guard socket >= 0 else { throw PostgresError.connection(ConnectionFailure(connecting: libpq.errorMessage)) }
    var timer: PollingTimer?
    let event = await withCheckedContinuation { continuation in
      connecting = continuation
      if failure != nil { return wakeConnecting(.closed) }
      if Task.isCancelled { return wakeConnecting(.cancelled) }
      timer = loop.schedule(after: deadline - .now) { self.wakeConnecting(.timedOut) }
      watch(socket, for: interest) { _ in self.wakeConnecting(.ready) }
    }
    timer.map(loop.cancel)
    unwatch()
    switch event {
    case .ready: return
    case .cancelled: throw CancellationError()
    case .closed: throw failure ?? PostgresError.closed
    case .timedOut:
      throw PostgresError.connection(
        ConnectionFailure(
          message: "no connection within \(configuration.effectiveConnectTimeout)", sqlState: nil,
          mayHaveBeenApplied: false))
    }
  }

  private func wakeConnecting(_ event: ConnectingEvent) {
    unwatch()
    connecting?.resume(returning: event)
    connecting = nil
  }

  /// Watches an established connection: for answers, and for its end while it is idle.
  func watch(_ libpq: Libpq) {
    isFlushPending = false
    watch(libpq.socket, for: .readable) { [weak self] readiness in
      self?.assumeIsolated { $0.ready(readiness) }
    }
  }

  func watch(_ socket: Int32, for interest: Readiness, _ handler: @escaping (Readiness) -> Void) {
    watched = socket
    loop.watch(socket, for: interest, handler: handler)
  }

  func unwatch() {
    if let watched { loop.unwatch(watched) }
    watched = nil
  }

  private func received(_ notice: ServerError) {
    // What ends an idle session arrives as a notice.
    if notice.endsSession { farewell = notice }
    log.log(notice: notice, backend: backend)
  }
}

extension ConnectionFailure {
  /// From libpq's message about a failed attempt, which has the server's code in it when libpq was told to be verbose.
  init(connecting message: String) {
    var lines = message.split(separator: "; ").filter { !$0.hasPrefix("LOCATION:") }.map(String.init)
    var code: SQLState?
    for (index, line) in lines.enumerated() {
      guard let match = line.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) else { continue }
      code = SQLState(rawValue: String(match.1))
      lines[index] = line.replacing(match.0, with: ": ", maxReplacements: 1)
    }
    self.init(
      message: message.isEmpty ? "the connection failed" : lines.joined(separator: "; "), sqlState: code,
      mayHaveBeenApplied: false)
  }
}
