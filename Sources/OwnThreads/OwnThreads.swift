import Foundation
import NIOConcurrencyHelpers

/// A few threads for what blocks or computes for long, away from the cooperative pool.
///
/// Whoever finds them all busy waits in order. The line is bounded: a flood meets `Busy` at once, instead of answers that
/// come long after anybody wants them. A thread lives as long as there is work for it.
public final class OwnThreads: Sendable {
  private let name: String
  private let stackSize: Int
  private let line: NIOLockedValueBox<WorkLine>

  /// - Parameters:
  ///   - name: what the threads are called where threads are listed; at most 15 characters.
  ///   - limit: the most threads at once.
  ///   - waiting: the most callers that wait while all threads are busy.
  ///   - stackSize: of each thread, in bytes.
  public init(name: String, limit: Int, waiting: Int, stackSize: Int = 1_048_576) {
    self.name = name
    self.stackSize = stackSize
    line = NIOLockedValueBox(WorkLine(limit: limit, places: waiting))
  }

  /// The number of callers that wait.
  public var waiting: Int { line.withLockedValue { $0.waiting.count } }

  /// Runs something on one of the threads and returns what it came to.
  ///
  /// A caller that is cancelled while it waits leaves the line with a CancellationError. What has begun runs to its end.
  public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try Task.checkCancellation()
    let number = line.withLockedValue { $0.nextNumber() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let work = Work(
          number: number, perform: { continuation.resume(with: Result(catching: body)) },
          abandon: { continuation.resume(throwing: $0) })
        enter(work)
        // A cancellation that came before the work stood in line has found nothing to take out.
        if Task.isCancelled { withdraw(number) }
      }
    } onCancel: {
      withdraw(number)
    }
  }

  private func enter(_ work: Work) {
    switch line.withLockedValue({ $0.enter(work) }) {
    case .begin: begin(with: work)
    case .wait: break
    case .refuse: work.abandon(Busy())
    }
  }

  private func withdraw(_ number: Int) {
    line.withLockedValue { $0.withdraw(number) }?.abandon(CancellationError())
  }

  private func begin(with work: Work) {
    let thread = Thread { [line, name] in
      // The system learns of the name only from the thread itself.
      Thread.current.name = name
      var next: Work? = work
      while let work = next {
        work.perform()
        next = line.withLockedValue { $0.next() }
      }
    }
    thread.stackSize = stackSize
    thread.start()
  }
}

/// All threads are busy, and as many callers wait as may. The remedy is to come again a little later.
public struct Busy: Error, CustomStringConvertible {
  /// What it says in a log.
  public let description = "too many are waiting; try again a little later"
}
