import Foundation
import Identifiers
import Logging
import NIOConcurrencyHelpers
import Postgres

/// Writes the ends of attempts, many in one commit: what ends while one batch is being written goes into the next.
///
/// Nobody waits for a write: an attempt hands in its end, its lease and its slot, and is gone. The lease goes on being
/// extended until the end is committed, and only then is the slot free.
final class Settler: Sendable {
  /// An end, and what it frees.
  private struct Entry: Sendable {
    let ending: Ending
    let lease: Lease?
    let slots: Slots?
    let written: CheckedContinuation<Void, Never>?
  }

  private struct State {
    var waiting: [Entry] = []
    var isWriting = false
    var hasGivenUp = false
  }

  private let store: any RunBooks
  private let index: any RunIndexing
  private let leases: LeaseBook?
  private let worker: String
  private let time: EngineTime
  private let logger: Logger
  private let state = NIOLockedValueBox(State())

  private static let batch = 500
  private static let longestPause = Duration.seconds(2)

  init(
    store: any RunBooks, index: any RunIndexing, leases: LeaseBook? = nil, worker: String,
    time: EngineTime = EngineTime(), logger: Logger
  ) {
    self.store = store
    self.index = index
    self.leases = leases
    self.worker = worker
    self.time = time
    self.logger = logger
  }

  /// Takes an end in. While Postgres is away it is kept: the lease is still being extended, and an end that was forgotten
  /// would make the run crash in the books.
  func settle(_ ending: Ending, of lease: Lease, freeing slots: Slots) {
    take(Entry(ending: ending, lease: lease, slots: slots, written: nil))
  }

  /// Returns when the end is committed.
  func settle(_ ending: Ending) async {
    await withCheckedContinuation { take(Entry(ending: ending, lease: nil, slots: nil, written: $0)) }
  }

  /// From now on a failure to write is final: the process has to end, and the runs will count as crashed.
  func giveUp() {
    state.withLockedValue { $0.hasGivenUp = true }
  }

  private func take(_ entry: Entry) {
    let isFirst = state.withLockedValue { state in
      state.waiting.append(entry)
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if isFirst { Task(executorPreference: preferredExecutor()) { await self.writeAll() } }
  }

  private func writeAll() async {
    while let batch = nextBatch() {
      await write(batch.map(\.ending))
      free(batch)
    }
  }

  private func nextBatch() -> [Entry]? {
    state.withLockedValue { state in
      guard !state.waiting.isEmpty else {
        state.isWriting = false
        return nil
      }
      let batch = Array(state.waiting.prefix(Self.batch))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  /// All slots of a batch at once, so that whoever waits for one finds them all.
  private func free(_ batch: [Entry]) {
    leases?.close(batch.compactMap { entry in entry.lease.map { (entry.ending.run, $0) } })
    let slots = Dictionary(grouping: batch.compactMap(\.slots)) { ObjectIdentifier($0) }
    for group in slots.values { group.first?.giveBack(group.count) }
    for entry in batch { entry.written?.resume() }
  }

  private func write(_ endings: [Ending]) async {
    var pause = Duration.milliseconds(50)
    var finishes = Finishes()
    while true {
      do {
        finishes = try await store.finish(endings)
        break
      } catch let error as PostgresError where error.refusesValues {
        return await writeApart(endings, error)
      } catch {
        logger.warning("ends of runs not written yet", metadata: ["runs": "\(endings.count)", "error": "\(error)"])
        if state.withLockedValue(\.hasGivenUp) { return }
        try? await time.sleep(for: pause)
        pause = min(pause * 2, Self.longestPause)
      }
    }
    // An overtaken attempt has no say: the later one may be this worker's too, and the lease is that one's.
    let latest = Dictionary(endings.map { ($0.run, $0.epoch) }, uniquingKeysWith: max)
    let standing = endings.filter { finishes.written.contains($0.run) && latest[$0.run] == $0.epoch }
    do {
      try await index.settle(standing.map(Self.settlement(of:)), of: worker)
      try await index.push(finishes.next)
    } catch {
      // The lease expires, the run is reserved once more, and its start finds that it has ended.
      logger.warning("index not told", metadata: ["runs": "\(endings.count)", "error": "\(error)"])
    }
  }

  /// One end that Postgres refuses does not hold up the others: its run counts as crashed once the lease is over.
  private func writeApart(_ endings: [Ending], _ error: PostgresError) async {
    guard endings.count > 1 else {
      let metadata: Logger.Metadata = ["run": "\(endings.first?.run.description ?? "")", "error": "\(error)"]
      return logger.error("end of a run refused", metadata: metadata)
    }
    let middle = endings.count / 2
    await write(Array(endings.prefix(middle)))
    await write(Array(endings.dropFirst(middle)))
  }

  private static func settlement(of ending: Ending) -> Settlement {
    guard ending.state == .ready else { return Settlement(ending.run, .done(cost: ending.cost)) }
    if let delay = ending.delay {
      return Settlement(ending.run, ending.wait == .atGate ? .shutFor(delay) : .after(delay))
    }
    let due = ending.dueAt ?? .distantPast
    return switch ending.wait {
    case .inLine: Settlement(ending.run, .later(due))
    case .inFront: Settlement(ending.run, .front)
    case .atGate: Settlement(ending.run, .shut(until: due))
    }
  }
}
