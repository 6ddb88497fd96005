import Polling

/// An actor that lives on a polling loop.
protocol LoopActor: Actor {
  nonisolated var loop: PollingLoop { get }
}

extension LoopActor {
  /// Runs `body` on the actor: at once for a task that prefers the loop and is there, else after a hop.
  nonisolated(nonsending) func onLoop<Value: Sendable>(
    _ body: @Sendable (isolated Self) throws -> Value
  ) async throws -> Value {
    try await isTaskOnLoop ? now(body) : hop(body)
  }

  /// Whether the task runs on the loop and stays there. Without the preference it may be on the loop's thread only until
  /// its next suspension, because an actor of the loop has just returned to it.
  nonisolated var isTaskOnLoop: Bool {
    loop.isCurrent && withUnsafeCurrentTask { $0?.unownedTaskExecutor == loop.asUnownedTaskExecutor() }
  }

  nonisolated func now<Value: Sendable>(_ body: @Sendable (isolated Self) throws -> Value) throws -> Value {
    try assumeIsolated { try body($0) }
  }

  private func hop<Value: Sendable>(_ body: @Sendable (isolated Self) throws -> Value) throws -> Value {
    try body(self)
  }
}
