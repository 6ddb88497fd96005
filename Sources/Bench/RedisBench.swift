import Foundation
import Logging
import Polling
import Redis

/// Measures this driver beside `redis-benchmark` on the same server, by turns: GET and SET with 1, 16 and 64 tasks on one
/// client, which pipelines them, against one connection with as deep a pipeline.
///
/// - Parameter socket: the server's socket; keys that begin with `bench:` are written.
public func redisBench(socket: String, rounds: Int = 3, seconds: Double = 2) async throws -> [BenchRow] {
  let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
  let client = RedisClient(RedisConfiguration(endpoint: .unix(path: socket)), logger: logger)
  // GET has to find something, as redis-benchmark's does.
  _ = try await client.send(RedisCommand("SET", "bench:key", "xxx"))
  var rows: [BenchRow] = []
  for tasks in [1, 16, 64] {
    var ours: [String: [Double]] = [:]
    var theirs: [String: [Double]] = [:]
    for _ in 0..<rounds {
      for command in ["get", "set"] {
        ours[command, default: []].append(try await rate(of: command, tasks: tasks, seconds, client))
      }
      for (command, rate) in try await RedisBenchmark(socket: socket).rates(depth: tasks) {
        theirs[command, default: []].append(rate)
      }
    }
    for command in ["get", "set"] {
      let (left, right) = (median(ours[command] ?? []), median(theirs[command] ?? []))
      rows.append(
        BenchRow(
          name: "\(command)_\(tasks)", ours: left, theirs: right, unit: "per second",
          ratio: right > 0 ? left / right : nil))
    }
  }
  await client.close()
  return rows
}

private func rate(of command: String, tasks: Int, _ seconds: Double, _ client: RedisClient) async throws -> Double {
  let call = command == "get" ? RedisCommand("GET", "bench:key") : RedisCommand("SET", "bench:key", "xxx")
  let begun = ContinuousClock.now
  let end = begun + .seconds(seconds)
  // The tasks live on the client's thread, as those of a process that does much with Redis would.
  let calls = try await withThrowingTaskGroup(of: Int.self) { group in
    for _ in 0..<tasks {
      group.addTask(executorPreference: PollingLoop.shared) {
        var calls = 0
        while calls % 64 != 0 || ContinuousClock.now < end {
          _ = try await client.send(call)
          calls += 1
        }
        return calls
      }
    }
    return try await group.reduce(0, +)
  }
  return Double(calls) / ((ContinuousClock.now - begun) / .seconds(1))
}

/// `redis-benchmark`, run as a person would.
struct RedisBenchmark {
  /// It was not found, or said nothing that can be read.
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  let socket: String

  /// Requests per second of `get` and `set` on one connection with a pipeline of this depth.
  func rates(depth: Int) async throws -> [String: Double] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "redis-benchmark", "-s", socket, "-c", "1", "-P", "\(depth)", "-n", "\(40_000 * min(depth, 16))", "-t", "get,set",
      "--csv",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    var rates: [String: Double] = [:]
    for line in text.split(separator: "\n") {
      let cells = line.split(separator: ",").map { $0.trimmingCharacters(in: ["\"", " "]) }
      if cells.count > 1, let rate = Double(cells[1]) { rates[cells[0].lowercased()] = rate }
    }
    guard rates["get"] != nil, rates["set"] != nil else {
      throw Failed(description: "redis-benchmark (Debian's redis-tools) gave no figures")
    }
    return rates
  }
}
