import Logging

/// Counts the messages of a logger, to know that something went wrong before it went well.
struct LogTally: LogHandler {
  let messages = Tally<String>()
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  var logger: Logger { Logger(label: "test") { _ in self } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    messages.add("\(event.message)")
  }
}
