import ServiceLifecycle

/// The executor that the calling task prefers. Unstructured tasks do not inherit it: who makes one hands it on, so that
/// all of a worker stays on the executor on which it was started.
func preferredExecutor() -> (any TaskExecutor)? {
  withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() }
}

/// Cancels work when a graceful shutdown begins. What ServiceLifecycle's `cancelWhenGracefulShutdown` does, but with one
/// task, which stays on the caller's executor.
func cancelledByShutdown<Value: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  let task = Task<Result<Value, Failure>, Never>(executorPreference: preferredExecutor()) {
    do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
  }
  let result = await withTaskCancellationOrGracefulShutdownHandler {
    await task.value
  } onCancelOrGracefulShutdown: {
    task.cancel()
  }
  return try result.get()
}

/// Returns when a graceful shutdown begins, or the task is cancelled.
func untilShutdown() async {
  let (none, end) = AsyncStream<Never>.makeStream()
  await withTaskCancellationOrGracefulShutdownHandler {
    for await _ in none {}
  } onCancelOrGracefulShutdown: {
    end.finish()
  }
}
