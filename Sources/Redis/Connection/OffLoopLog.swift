import Dispatch
import Logging

/// Hands log lines to a thread of their own, in order: a log may end in a slow disk, and the loop must not wait for it.
struct OffLoopLog: Sendable {
  private static let queue = DispatchQueue(label: "redis.log", qos: .utility)

  let logger: Logger

  func info(_ message: String, _ configuration: RedisConfiguration) {
    write(.info, message, configuration)
  }

  func warning(_ message: String, _ configuration: RedisConfiguration) {
    write(.warning, message, configuration)
  }

  private func write(_ level: Logger.Level, _ message: String, _ configuration: RedisConfiguration) {
    guard logger.logLevel <= level else { return }
    let server = configuration.description
    Self.queue.async { logger.log(level: level, "\(message)", metadata: ["redis": .string(server)]) }
  }
}
