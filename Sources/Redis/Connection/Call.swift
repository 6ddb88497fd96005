import Polling

/// What one caller has asked: one command or several that stay together, and who waits for the replies.
///
/// `@unchecked Sendable` is safe: all that changes is touched on the thread of the loop alone, which `cancel(on:)`
/// keeps up for callers from elsewhere.
final class Call: @unchecked Sendable {
  /// What the one who waits is told.
  enum Event {
    /// The next reply; there are as many as commands.
    case reply(RedisReply)
    /// There will be no more replies.
    case failure(any Error)
    /// The wait was a brief one and has been long; it has ended, and another may begin.
    case slow
  }

  typealias Waiter = (Event) -> Void

  let bytes: [UInt8]
  /// How long the answer may take, if not as long as the configuration says.
  let limit: Duration?

  /// Whether the caller has gone, so that there is nothing to send.
  private(set) var isCancelled = false
  private var missing: Int
  private var waiter: Waiter?
  private var waitsBriefly = false
  /// How it ended while nobody waited, between a brief wait and another.
  private var end: Event?

  init(_ bytes: [UInt8], replies: Int = 1, limit: Duration? = nil) {
    self.bytes = bytes
    self.limit = limit
    missing = replies
  }

  // MARK: - Waiting

  /// Waits to the end.
  func wait(_ waiter: @escaping Waiter) {
    waitsBriefly = false
    if let end { waiter(end) } else { self.waiter = waiter }
  }

  /// Waits until `hurry`; only for the reply to a single command.
  func waitBriefly(_ waiter: @escaping Waiter) {
    waitsBriefly = true
    self.waiter = waiter
  }

  /// Ends a brief wait.
  func hurry() {
    if waitsBriefly { waiter.take()?(.slow) }
  }

  // MARK: - Answering

  /// Takes the next reply; true when it was the last one.
  func receive(_ reply: RedisReply) -> Bool {
    missing -= 1
    guard missing == 0 else {
      waiter?(.reply(reply))
      return false
    }
    finish(.reply(reply))
    return true
  }

  func fail(_ error: any Error) {
    finish(.failure(error))
  }

  private func finish(_ event: Event) {
    if let waiter {
      self.waiter = nil
      waiter(event)
    } else {
      end = event
    }
  }

  /// Lets the caller go at once. A command that was sent keeps its place in the line, so that replies still match.
  func cancel(on loop: PollingLoop) {
    guard loop.isCurrent else {
      Task(executorPreference: loop) { self.cancel(on: loop) }
      return
    }
    isCancelled = true
    if end == nil { fail(CancellationError()) }
  }
}

extension Call.Event {
  /// Resumes who waits for the reply to a single command: an error reply is thrown, nil says that the wait was brief.
  func resume(_ continuation: CheckedContinuation<RedisValue?, any Error>) {
    switch self {
    case .reply(.value(let value)): continuation.resume(returning: value)
    case .reply(.error(let error)): continuation.resume(throwing: RedisError.server(error))
    case .failure(let error): continuation.resume(throwing: error)
    case .slow: continuation.resume(returning: nil)
    }
  }
}

extension CheckedContinuation<[RedisReply], any Error> {
  /// Collects so many replies and resumes with them all.
  func collect(_ count: Int) -> Call.Waiter {
    var replies: [RedisReply] = []
    replies.reserveCapacity(count)
    return { event in
      switch event {
      case .reply(let reply):
        replies.append(reply)
        if replies.count == count { resume(returning: replies) }
      case .failure(let error): resume(throwing: error)
      case .slow: break
      }
    }
  }
}
