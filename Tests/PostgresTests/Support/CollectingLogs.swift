import Logging
import NIOConcurrencyHelpers

/// Keeps log lines for a test to look at.
final class CollectedLogs: Sendable {
  private let lines = NIOLockedValueBox<[String]>([])

  var all: [String] { lines.withLockedValue { $0 } }
  var logger: Logger { Logger(label: "test") { _ in Handler(logs: self) } }

  struct Handler: LogHandler {
    let logs: CollectedLogs
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      logs.lines.withLockedValue { $0.append("\(event.level): \(event.message) \(event.metadata ?? [:])") }
    }
  }
}
