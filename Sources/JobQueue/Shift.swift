import ServiceLifecycle

/// Some of a worker's slots: takes runs for them and performs them until the shutdown, then drains.
struct Shift: Sendable {
  let slots: Slots
  let taker: Taker
  let performer: Performer
  let leases: LeaseBook
  let settings: WorkerSettings

  /// Returns when nothing of it runs any more. A shift without slots returns at once.
  func work() async {
    await withDiscardingTaskGroup { attempts in
      var taker = taker
      while !Task.isShuttingDownGracefully, !Task.isCancelled {
        guard let free = await freeSlots() else { break }
        let until = settings.time.now + settings.lease
        for run in await taker.take(upTo: free) {
          let lease = leases.open(run.id, until: until, deadline: settings.time.now + performer.deadline(of: run))
          slots.take()
          attempts.addTask {
            await performer.perform(run, under: lease)
            leases.close(run.id, lease)
            slots.giveBack()
          }
        }
      }
      await drain()
      attempts.cancelAll()
    }
  }

  /// Nil when the shutdown came first, or there is no slot at all.
  private func freeSlots() async -> Int? {
    guard slots.exist else { return nil }
    return await cancelledByShutdown { await slots.available() }
  }

  private func drain() async {
    let deadline = settings.time.now + settings.drain
    while !slots.isIdle, settings.time.now < deadline, !Task.isCancelled {
      try? await settings.time.sleep(for: .milliseconds(20))
    }
  }
}
