/// What a listening connection has heard and nobody has taken yet.
struct NotificationInbox {
  private let limit: Int
  private var received = FIFO<PostgresNotification>()
  private var waiter: CheckedContinuation<Void, Never>?
  /// Whether notifications came faster than they were taken, so that some were dropped.
  private(set) var hasOverflowed = false
  private(set) var hasEnded = false

  init(limit: Int) {
    self.limit = limit
  }

  var isEmpty: Bool { received.isEmpty && !hasOverflowed && !hasEnded }

  mutating func receive(_ notification: PostgresNotification) {
    if received.count < limit { received.append(notification) } else { hasOverflowed = true }
    wake()
  }

  mutating func take() -> PostgresNotification? { received.popFirst() }

  mutating func takeOverflow() -> Bool {
    defer { hasOverflowed = false }
    return hasOverflowed
  }

  mutating func end() {
    hasEnded = true
    wake()
  }

  mutating func wait(_ waiter: CheckedContinuation<Void, Never>) {
    self.waiter = waiter
    if !isEmpty { wake() }
  }

  mutating func wake() {
    waiter?.resume()
    waiter = nil
  }
}
