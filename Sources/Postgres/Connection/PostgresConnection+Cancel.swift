import Polling

/// Which units their tasks want cancelled, and the one that is being pursued.
struct CancellationWish {
  private var numbers: Set<Int> = []
  /// The unit that the server was asked to cancel and that has not ended.
  var pursued: Int?
  /// Whether the request has not returned. Until then the outcome is kept and nothing more is sent, since the request
  /// hits whatever runs when it arrives.
  var isAsking = false
  var held: (Owner, Result<[PostgresResult], any Error>)?
  var returned: CheckedContinuation<Void, Never>?
  var timer: PollingTimer?

  mutating func insert(_ number: Int) {
    numbers.insert(number)
  }

  mutating func forget(_ number: Int) {
    numbers.remove(number)
  }

  func contains(_ number: Int) -> Bool { numbers.contains(number) }

  func mustHold(_ number: Int) -> Bool { isAsking && pursued == number }

  mutating func wakeReturned() {
    returned?.resume()
    returned = nil
  }

  mutating func takeHeld() -> (Owner, Result<[PostgresResult], any Error>)? {
    defer { held = nil }
    return held
  }
}

extension PostgresConnection {
  /// The task of a unit was cancelled.
  func cancel(_ number: Int) {
    if let unit = pipeline.withdraw(number) { return settle(unit.waiter, .failure(CancellationError())) }
    guard pipeline.isInFlight(number) else { return }
    if isShared {
      // A cancel request would hit whichever unit runs when it arrives, perhaps another task's.
      if let waiter = pipeline.abandon(number) { settle(waiter, .failure(CancellationError())) }
      return
    }
    wish.insert(number)
    pursueWish()
  }

  /// Asks the server to cancel what it works on, if that is wanted; nothing is sent until the request has returned.
  func pursueWish() {
    guard wish.pursued == nil, let current = pipeline.current, wish.contains(current) else { return }
    pursue(current)
  }

  func pursue(_ number: Int) {
    guard let token = libpq?.cancelToken() else {
      return lose(connectionFailure("libpq could not prepare a cancel request"))
    }
    wish.pursued = number
    wish.isAsking = true
    pipeline.holds += 1
    wish.timer = loop.schedule(after: configuration.cancelTimeout) {
      self.lose(self.connectionFailure("the server did not cancel the statement in time"))
    }
    Task(executorPreference: loop) {
      let problem = await token.request()
      await self.requestReturned(problem)
    }
  }

  private func requestReturned(_ problem: String?) {
    wish.isAsking = false
    wish.wakeReturned()
    guard failure == nil else { return }
    pipeline.holds -= 1
    if let problem { return lose(connectionFailure("the cancel request failed: \(problem)")) }
    if let pursued = wish.pursued, let (waiter, outcome) = wish.takeHeld() {
      stopPursuing(pursued)
      settle(waiter, outcome)
      pursueWish()
    }
    pump()
  }

  /// The unit has ended, by cancellation or otherwise.
  func stopPursuing(_ number: Int) {
    wish.forget(number)
    guard wish.pursued == number else { return }
    wish.pursued = nil
    wish.timer.map(loop.cancel)
    wish.timer = nil
  }
}
