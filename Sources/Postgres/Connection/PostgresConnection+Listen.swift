extension PostgresConnection {
  enum Heard: Sendable {
    case notification(PostgresNotification)
    case overflow
    case cancelled
    case ended
  }

  private static let inboxLimit = 10_000

  /// Begins to keep notifications for `nextNotification()`.
  func openInbox() {
    notifications = NotificationInbox(limit: Self.inboxLimit)
  }

  /// Waits for a notification. One task at a time.
  func nextNotification() async -> Heard {
    while true {
      if let notification = notifications?.take() { return .notification(notification) }
      if notifications?.takeOverflow() == true { return .overflow }
      guard failure == nil, notifications != nil else { return .ended }
      if Task.isCancelled { return .cancelled }
      await withTaskCancellationHandler {
        await withCheckedContinuation { waiter in
          notifications?.wait(waiter)
          if Task.isCancelled { wakeListener() }
        }
      } onCancel: {
        Task(executorPreference: loop) { await self.wakeListener() }
      }
    }
  }

  private func wakeListener() {
    notifications?.wake()
  }
}
