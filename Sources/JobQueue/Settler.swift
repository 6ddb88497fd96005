import Foundation
import Identifiers
import Logging
import Postgres

/// Writes the ends of attempts, many in one commit: what ends while one batch is being written goes into the next.
actor Settler {
  private let store: any RunBooks
  private let index: any RunIndexing
  private let worker: String
  private let time: EngineTime
  private let logger: Logger
  private var waiting: [(ending: Ending, written: CheckedContinuation<Void, Never>)] = []
  private var isWriting = false
  private var hasGivenUp = false

  private static let batch = 500
  private static let longestPause = Duration.seconds(2)

  init(store: any RunBooks, index: any RunIndexing, worker: String, time: EngineTime = EngineTime(), logger: Logger) {
    self.store = store
    self.index = index
    self.worker = worker
    self.time = time
    self.logger = logger
  }

  /// Returns when the end is committed. While Postgres is away it waits: the lease is still being extended, and an end
  /// that was forgotten would make the run crash in the books.
  func settle(_ ending: Ending) async {
    await withCheckedContinuation { written in
      waiting.append((ending, written))
      guard !isWriting else { return }
      isWriting = true
      Task(executorPreference: preferredExecutor()) { await self.writeAll() }
    }
  }

  /// From now on a failure to write is final: the process has to end, and the runs will count as crashed.
  func giveUp() {
    hasGivenUp = true
  }

  private func writeAll() async {
    while !waiting.isEmpty {
      let batch = waiting.prefix(Self.batch)
      waiting.removeFirst(batch.count)
      await write(batch.map(\.ending))
      for entry in batch { entry.written.resume() }
    }
    isWriting = false
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
        if hasGivenUp { return }
        try? await time.sleep(for: pause)
        pause = min(pause * 2, Self.longestPause)
      }
    }
    // An overtaken attempt has no say: the later one may be this worker's too, and the lease is that one's.
    let standing = endings.filter { finishes.written.contains($0.run) }
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
    let due = ending.dueAt ?? .distantPast
    return switch ending.wait {
    case .inLine: Settlement(ending.run, .later(due))
    case .inFront: Settlement(ending.run, .front)
    case .atGate: Settlement(ending.run, .shut(until: due))
    }
  }
}
