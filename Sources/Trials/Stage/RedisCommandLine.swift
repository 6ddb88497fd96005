import Foundation
import LocalServers

/// Redis's own client, for what the product never does.
enum RedisCommandLine {
  /// Redis did not answer, or refused.
  struct Failure: Error {
    let arguments: [String]
  }

  /// Sends a command and returns what the client prints.
  @discardableResult
  static func run(_ arguments: [String], on redis: LocalRedis) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["redis-cli", "-e", "-s", redis.socket] + arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
    return text
  }
}
