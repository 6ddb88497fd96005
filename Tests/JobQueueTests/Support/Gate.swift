import NIOConcurrencyHelpers

/// Holds jobs up until the test lets them go on.
final class Gate: Sendable {
  private let isOpen = NIOLockedValueBox(false)

  func open() { isOpen.withLockedValue { $0 = true } }

  /// Throws `CancellationError` as soon as the task is cancelled.
  func pass() async throws {
    while !isOpen.withLockedValue({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
  }
}
