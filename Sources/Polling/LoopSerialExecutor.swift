/// A job of the loop's line, by what it was meant for.
enum LoopJob {
  /// Of an actor that lives on the loop.
  case isolated(UnownedJob)
  /// Of a task that prefers the loop, in code that belongs to no actor.
  case preferring(UnownedJob)
}

/// The executor of the actors that live on a loop.
///
/// `@unchecked Sendable` is safe: `loop` is written once, before any actor can live on the loop.
final class LoopSerialExecutor: SerialExecutor, @unchecked Sendable {
  /// Strong, since a loop lives as long as its process.
  var loop: PollingLoop?

  func enqueue(_ job: consuming ExecutorJob) {
    loop?.add(.isolated(UnownedJob(job)))
  }

  /// Lets `assumeIsolated` see that code on the loop's thread is isolated to the loop's actors.
  func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "this belongs to the thread of a polling loop")
  }

  /// Lets the runtime ask without trapping.
  func isIsolatingCurrentContext() -> Bool? { loop?.isCurrent }
}
