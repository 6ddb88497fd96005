import Foundation
import Glibc
import Identifiers
import JobQueue

/// Work that is none, or that takes a while.
struct BenchRun: JobPayload {
  static let kind = "bench.run"
  static let lane = Lane("bench")
}

struct BenchJob: Job {
  typealias Payload = BenchRun

  /// How long it takes; nothing when nil.
  let hold: Duration?
  let journal: BenchJournal?

  func perform(_ payload: BenchRun, in attempt: Attempt) async throws -> JobResult {
    journal?.note(attempt.run)
    if let hold { try await Task.sleep(for: hold) }
    return .done
  }
}

/// When runs began, written by a worker's process and read by the one that measures.
struct BenchJournal: Sendable {
  private let descriptor: Int32

  /// - Parameter path: of a file that is there.
  init(path: String) throws {
    descriptor = open(path, O_WRONLY | O_APPEND)
    guard descriptor >= 0 else { throw DemoFailure("\(path) cannot be written") }
  }

  func note(_ run: ID<Run>) {
    let line = "\(run) \(Self.now)\n"
    // One short write to the end of a file cannot be torn by another thread's.
    _ = line.withCString { write(descriptor, $0, strlen($0)) }
  }

  /// What has begun, in the order in which it did: nanoseconds of the machine's clock.
  static func entries(of path: String) throws -> [(run: ID<Run>, at: Int)] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2, let run = ID<Run>(String(parts[0])), let at = Int(parts[1]) else { return nil }
      return (run, at)
    }
  }

  /// Nanoseconds that all processes of the machine count alike.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
