import Logging

/// Takes what happens on the loop to a logger elsewhere, since a log handler may write to a slow disk.
///
/// Lines keep their order. When lines come faster than they can be written, the oldest waiting ones are dropped.
final class EventLog: Sendable {
  struct Line: Sendable {
    let level: Logger.Level
    let message: Logger.Message
    let metadata: Logger.Metadata
  }

  private let lines: AsyncStream<Line>.Continuation

  init(_ logger: Logger) {
    let (stream, continuation) = AsyncStream.makeStream(of: Line.self, bufferingPolicy: .bufferingNewest(1_000))
    lines = continuation
    Task.detached {
      for await line in stream { logger.log(level: line.level, line.message, metadata: line.metadata) }
    }
  }

  deinit {
    lines.finish()
  }

  func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
    lines.yield(Line(level: level, message: message, metadata: metadata))
  }

  /// A notice, warning or debug line that the server sent with a result.
  func log(notice: ServerError, backend: Int32) {
    let level: Logger.Level =
      switch notice.severity {
      case "WARNING": .warning
      case "NOTICE", "INFO", "LOG": .info
      case "FATAL", "PANIC", "ERROR": .error
      default: .debug
      }
    var metadata: Logger.Metadata = ["backend": "\(backend)", "sqlstate": "\(notice.sqlState)"]
    if let hint = notice.hint { metadata["hint"] = "\(hint)" }
    log(level, "\(notice.message)", metadata)
  }
}
