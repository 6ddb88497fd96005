import Foundation
import Identifiers
import JobQueue
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import TestSupport

@testable import JobQueue

/// A worker of the product in a process of the simulation: on executors, a clock and connections of the world.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it.
final class SimulatedProcess: @unchecked Sendable {
  enum State { case working, stopping, killed, gone }

  let name: String
  let wire: Wire
  private(set) var state = State.working
  private let world: World
  private let books: MemoryBooks
  private let index: MemoryIndex
  private let jobs: SimulatedExecutor
  /// The heartbeat's thread.
  private let pulse: SimulatedExecutor
  private var shutdown: GracefulShutdownTestTrigger?
  private var task: Task<Void, Never>?
  /// When something happened to it, in milliseconds.
  private var faults: [Int] = []

  init(_ name: String, in world: World, _ books: MemoryBooks, _ index: MemoryIndex) {
    self.name = name
    self.world = world
    self.books = books
    self.index = index
    wire = Wire(world, name)
    jobs = world.executor(name)
    pulse = world.executor("\(name)'s pulse")
    wire.onFault = { [unowned self] in noteFault() }
  }

  func begin(_ plan: HistoryPlan.Process, _ platform: Platform) {
    let time = world.time(off: plan.skew)
    var settings = WorkerSettings(name: name)
    settings.slots = plan.slots
    settings.lease = .seconds(10)
    settings.heartbeat = .seconds(3)
    settings.sweep = .seconds(2)
    settings.compare = .seconds(15)
    settings.drain = .seconds(4)
    settings.time = time
    var registry = JobRegistry()
    registry.register(SendJob(books: books, platform: platform, index: index, wire: wire))
    let (books, index) = (
      BooksClient(books: books, wire: wire, time: time), IndexClient(index: index, wire: wire, time: time)
    )
    let worker = Worker(
      books: books, index: index, pulseIndex: index, pulse: pulse, registry: registry, settings: settings,
      logger: .telling(world, name), schedules: nil, alarms: nil)
    task = Task(executorPreference: jobs) {
      await testGracefulShutdown { trigger in
        self.shutdown = trigger
        try? await worker.run()
      }
      self.isGone()
    }
  }

  private func isGone() {
    state = .gone
    world.tell("\(name) has stopped")
  }

  var isAlive: Bool { state == .working || state == .stopping }

  /// Whether something happened to it since an instant, or shortly before: an answer may take that long.
  func wasHurt(since instant: Int) -> Bool { faults.contains { $0 >= instant - Wire.longest } }

  func noteFault() { faults.append(world.milliseconds) }

  // MARK: - What happens to it

  func stop() {
    guard state == .working else { return }
    world.tell("\(name) is asked to stop")
    state = .stopping
    shutdown?.triggerGracefulShutdown()
  }

  /// - Parameter isTold: otherwise nobody is to know that this was no proper end.
  func kill(isTold: Bool = true) {
    guard isAlive else { return }
    world.tell("\(name) is killed")
    state = .killed
    if isTold { noteFault() }
    (jobs.isFrozen, pulse.isFrozen) = (true, true)
    books.endSessions(of: name)
    index.disconnect(name)
  }

  /// - Parameter whole: the heartbeat's thread too.
  func freeze(for duration: Duration, whole: Bool) {
    guard isAlive else { return }
    world.tell("\(name) freezes for \(duration)\(whole ? "" : ", but for its pulse")")
    noteFault()
    (jobs.isFrozen, pulse.isFrozen) = (true, whole)
    world.after(duration) { [self] in
      guard isAlive else { return }
      world.tell("\(name) goes on")
      noteFault()
      (jobs.isFrozen, pulse.isFrozen) = (false, false)
    }
  }

  func cut(from far: Far, for duration: Duration) {
    guard isAlive else { return }
    world.tell("\(name) is cut off from \(far) for \(duration)")
    noteFault()
    wire.cut.insert(far)
    if far == .index { index.disconnect(name) }
    // The server may take its time to notice.
    if far == .books { world.after(duration / 2) { self.books.endSessions(of: self.name) } }
    world.after(duration) { [self] in
      world.tell("\(name) reaches \(far) again")
      noteFault()
      wire.cut.remove(far)
    }
  }

  /// Lets what is left of it come to an end that nobody notices, so that its memory is free.
  func bury() {
    guard state != .gone else { return }
    wire.isBuried = true
    (jobs.isFrozen, pulse.isFrozen) = (false, false)
    index.disconnect(name)
    task?.cancel()
  }
}

extension Logger {
  /// What a worker says becomes part of the story.
  fileprivate static func telling(_ world: World, _ name: String) -> Logger {
    Logger(label: name) { _ in StoryHandler(world: world, name: name) }
  }
}

private struct StoryHandler: LogHandler {
  let world: World
  let name: String
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    world.tell("\(name) says: \(event.message) \(event.metadata ?? [:])")
  }
}
