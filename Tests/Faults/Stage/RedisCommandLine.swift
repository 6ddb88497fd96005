import Foundation
import LocalServers

/// Redis's own client, for what the product never does.
enum RedisCommandLine {
  struct Failure: Error {
    let arguments: [String]
  }

  static func run(_ arguments: [String], on redis: LocalRedis) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["redis-cli", "-s", redis.socket] + arguments
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
  }
}
