import Identifiers
import JobQueue
import NIOConcurrencyHelpers

/// Work that is none.
struct NoOp: JobPayload {
  static let kind = "bench.noop"
  static let lane = Lane("bench")
}

struct NoOpJob: Job {
  typealias Payload = NoOp

  let note: @Sendable (ID<Run>) -> Void

  func perform(_ payload: NoOp, in attempt: Attempt) async throws -> JobResult {
    note(attempt.run)
    return .done
  }
}

extension JobRegistry {
  static var noOps: JobRegistry {
    var registry = JobRegistry()
    registry.register(NoOpJob { _ in })
    return registry
  }
}

/// How long runs waited, in milliseconds.
final class Beginnings: Sendable {
  private let state = NIOLockedValueBox<(made: [ID<Run>: ContinuousClock.Instant], waits: [Double])>(([:], []))

  func expect(_ run: ID<Run>) {
    state.withLockedValue { $0.made[run] = .now }
  }

  func note(_ run: ID<Run>) {
    state.withLockedValue { state in
      if let made = state.made[run] { state.waits.append((.now - made) / .milliseconds(1)) }
    }
  }

  func forget() {
    state.withLockedValue { $0.waits = [] }
  }

  var waits: [Double] { state.withLockedValue { $0.waits } }
}
