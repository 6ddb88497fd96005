import Identifiers
import ServiceLifecycle

/// Some of a worker's slots: takes runs for them and performs them until the shutdown, then drains.
struct Shift: Sendable {
  let slots: Slots
  let taker: Taker
  let performer: Performer
  let settler: Settler
  let leases: LeaseBook
  let settings: WorkerSettings
  /// Where runs are taken while there are few of them: the thread on which the answers arrive, so that none has to wait for
  /// another thread to wake. Many at a time would keep that thread from its connections.
  let fewAreTakenOn: (any TaskExecutor)?

  private static let few = 32

  /// Returns when nothing of it runs any more and every end is written. A shift without slots returns at once.
  func work() async {
    var taker = taker
    var areFew = true
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      guard let free = await freeSlots() else { break }
      let until = settings.time.now + settings.lease
      let runs = await withTaskExecutorPreference(areFew ? fewAreTakenOn : nil) { await taker.take(upTo: free) }
      areFew = runs.count < Self.few
      begin(runs, until: until)
    }
    await drain()
  }

  /// One task for each attempt, which ends when its lease does, and with the worker.
  private func begin(_ runs: [StartedRun], until: ContinuousClock.Instant) {
    guard !runs.isEmpty else { return }
    slots.take(runs.count)
    let executor = preferredExecutor()
    for (run, lease) in zip(runs, leases.open(runs, until: until, deadline: performer.deadline(of:))) {
      let attempt = Task(executorPreference: executor) {
        settler.settle(await performer.perform(run, under: lease), of: lease, freeing: slots)
      }
      lease.onInterruption { attempt.cancel() }
    }
  }

  /// Nil when the shutdown came first, or there is no slot at all.
  private func freeSlots() async -> Int? {
    guard slots.exist else { return nil }
    if let free = slots.free { return free }
    return await cancelledByShutdown { await slots.available() }
  }

  private func drain() async {
    let deadline = settings.time.now + settings.drain
    while !slots.isIdle, settings.time.now < deadline, !Task.isCancelled { await pause() }
    if !slots.isIdle { leases.stopAll() }
    while !slots.isIdle { await pause() }
  }

  /// Also in a cancelled task, where any other sleep would end at once.
  private func pause() async {
    let time = settings.time
    await Task(executorPreference: preferredExecutor()) { try? await time.sleep(for: .milliseconds(20)) }.value
  }
}
