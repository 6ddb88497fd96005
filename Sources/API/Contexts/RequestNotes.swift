import NIOConcurrencyHelpers

/// What the inner steps of a request tell the log line that is written outside of them. Never a secret.
final class RequestNotes: Sendable {
  private let box = NIOLockedValueBox<[String: String]>([:])

  var values: [String: String] { box.withLockedValue { $0 } }

  func note(_ name: String, _ value: String) {
    box.withLockedValue { $0[name] = value }
  }
}
