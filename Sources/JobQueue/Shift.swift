import Identifiers
import ServiceLifecycle

/// Some of a worker's slots: takes runs for them and performs them until the shutdown, then drains.
struct Shift: Sendable {
  let slots: Slots
  let taker: Taker
  let performer: Performer
  let settler: Settler
  let leases: LeaseBook
  let patience: Patience
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
      guard let runs = await take(from: &taker, upTo: free, areFew) else { break }
      areFew = runs.count < Self.few
      begin(runs, until: until)
    }
    await drain()
  }

  /// Nil when the worker ended before a server answered. Runs that were started all the same are given back; should that
  /// not reach Postgres any more, they count as crashed.
  private func take(from taker: inout Taker, upTo free: Int, _ areFew: Bool) async -> [StartedRun]? {
    let (start, executor, settler) = (taker, areFew ? fewAreTakenOn : nil, settler)
    let taken = await patience.value {
      var taker = start
      let runs = await withTaskExecutorPreference(executor) { await taker.take(upTo: free) }
      return (taker, runs)
    } late: { _, runs in
      for run in runs { await settler.settle(.givenBack(run)) }
    }
    guard let taken else { return nil }
    taker = taken.0
    return taken.1
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
    // When patience is over that time has passed already.
    let deadline = settings.time.now + (patience.isOver ? .zero : settings.drain)
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
