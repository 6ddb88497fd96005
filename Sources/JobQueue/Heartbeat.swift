import Logging
import Metrics
import NIOConcurrencyHelpers
import Polling

/// Extends a worker's leases. It lives on a thread and a connection of its own, so that busy jobs cannot hold it up; and
/// it stops extending when the threads on which jobs run stand still, since what they hold would be held for ever.
struct Heartbeat: Sendable {
  let index: any RunIndexing
  let leases: LeaseBook
  let settings: WorkerSettings
  let logger: Logger
  /// When the jobs' threads last gave a sign of life.
  private let sign: NIOLockedValueBox<ContinuousClock.Instant>

  init(index: any RunIndexing, leases: LeaseBook, settings: WorkerSettings, logger: Logger) {
    self.index = index
    self.leases = leases
    self.settings = settings
    self.logger = logger
    sign = NIOLockedValueBox(settings.time.now)
  }

  /// Runs on the heartbeat's thread.
  func run() async {
    while !Task.isCancelled {
      try? await settings.time.sleep(for: settings.heartbeat)
      await beat()
    }
  }

  /// Runs where the jobs run.
  func giveSigns() async {
    while !Task.isCancelled {
      sign.withLockedValue { $0 = settings.time.now }
      try? await settings.time.sleep(for: settings.heartbeat / 4)
    }
  }

  private func beat() async {
    let runs = leases.runs(at: settings.time.now)
    guard !runs.isEmpty else { return }
    guard sign.withLockedValue({ $0 + settings.lease > settings.time.now }) else {
      logger.error("leases not extended: the threads of the jobs stand still", metadata: ["runs": "\(runs.count)"])
      return leases.lose(runs)
    }
    // Counted from before the call: the lease in Redis ends later than what we believe, never earlier.
    let until = settings.time.now + settings.lease
    do {
      let lost = try await index.extend(runs, of: settings.name, lease: settings.lease)
      leases.lose(lost)
      leases.extend(runs.filter { !lost.contains($0) }, until: until)
      if !lost.isEmpty {
        Counter(label: "leases_lost_total").increment(by: lost.count)
        logger.warning("leases lost", metadata: ["runs": "\(lost.count)"])
      }
    } catch {
      logger.warning("leases not extended", metadata: ["error": "\(error)"])
      leases.loseWhatRanOut()
    }
  }
}
