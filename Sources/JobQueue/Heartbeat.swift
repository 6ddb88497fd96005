import Logging
import Polling

/// Extends a worker's leases. It lives on a thread and a connection of its own, so that busy jobs cannot hold it up.
struct Heartbeat: Sendable {
  let index: RunIndex
  let leases: LeaseBook
  let settings: WorkerSettings
  let logger: Logger

  func run() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: settings.heartbeat)
      await beat()
    }
  }

  private func beat() async {
    let runs = leases.runs
    guard !runs.isEmpty else { return }
    // Counted from before the call: the lease in Redis ends later than what we believe, never earlier.
    let until = ContinuousClock.now + settings.lease
    do {
      let lost = try await index.extend(runs, of: settings.name, lease: settings.lease)
      leases.lose(lost)
      leases.extend(runs.filter { !lost.contains($0) }, until: until)
      if !lost.isEmpty { logger.warning("leases lost", metadata: ["runs": "\(lost.count)"]) }
    } catch {
      logger.warning("leases not extended", metadata: ["error": "\(error)"])
    }
  }
}
