import Foundation

/// Runs what blocks on a thread of its own, away from the loop and from the cooperative pool.
enum OwnThread {
  static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 256 * 1_024
      thread.start()
    }
  }
}
