import CLinuxEvents
import Dispatch
import Glibc
import Metrics
import NIOConcurrencyHelpers

/// One thread that watches file descriptors with epoll and runs the tasks that are bound to it.
///
/// A driver's connection is an actor whose executor is a loop, so its state needs no lock and a readiness event reaches
/// it without a change of thread. Tasks that do much driver work may also prefer the loop
/// (`withTaskExecutorPreference(loop)`); they then call the connection without a hop.
///
/// Nothing that runs here may block: a file, a password hash or a log line written to a slow disk stalls every
/// connection of the loop. The gauge `polling_loop_lag_seconds` shows how late the loop's own timer fires.
///
/// `@unchecked Sendable` is safe: `inbox` is behind a lock, `thread` is written once before `init` returns, and all other
/// state is touched by the loop's thread alone (`preconditionOnLoop`).
public final class PollingLoop: @unchecked Sendable {
  /// The loop that a process's drivers share unless they are given another.
  public static let shared = PollingLoop(name: "polling")

  /// The name of the thread and the `loop` label of the metrics.
  public let name: String

  private struct Inbox {
    var jobs: [LoopJob] = []
    var isSignalled = false
  }

  private let epoll: Int32
  private let wakeup: Int32
  private let inbox = NIOLockedValueBox(Inbox())
  private var thread = pthread_t()

  private var local: [LoopJob] = []
  private let actors = LoopSerialExecutor()
  private var watches: [Int32: Watch] = [:]
  private var nextGeneration: UInt32 = 1
  private var timers = TimerQueue()
  private let lag: Gauge

  private struct Watch {
    let generation: UInt32
    var interest: Readiness
    let handler: (Readiness) -> Void
  }

  /// Starts the thread; a loop lives as long as its process.
  public init(name: String) {
    self.name = name
    lag = Gauge(label: "polling_loop_lag_seconds", dimensions: [("loop", name)])
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    precondition(epoll >= 0 && wakeup >= 0, "no descriptors left for a polling loop: errno \(errno)")
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
    precondition(epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, &event) == 0, "epoll_ctl failed: errno \(errno)")
    actors.loop = self
    start()
  }

  private func start() {
    let started = DispatchSemaphore(value: 0)
    let body = Unmanaged.passRetained(
      ThreadBody { [self] in
        thread = pthread_self()
        _ = name_current_thread(String(name.prefix(15)))
        started.signal()
        run()
      })
    var created = pthread_t()
    let status = pthread_create(
      &created, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    precondition(status == 0, "no thread left for a polling loop: error \(status)")
    started.wait()
  }

  /// Whether the caller runs on the loop's thread.
  public var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

  private func preconditionOnLoop() {
    precondition(isCurrent, "this belongs to the thread of the loop '\(name)'")
  }

  // MARK: - Watching descriptors

  /// Calls `handler` on the loop whenever `descriptor` has what `interest` asks for (level-triggered).
  ///
  /// A hang-up or an error is reported as both readable and writable, so that the next read or write meets it.
  /// Must be called on the loop. The descriptor has to be unwatched before it is closed.
  public func watch(_ descriptor: Int32, for interest: Readiness, handler: @escaping (Readiness) -> Void) {
    preconditionOnLoop()
    precondition(watches[descriptor] == nil, "descriptor \(descriptor) is watched already")
    let watch = Watch(generation: nextGeneration, interest: interest, handler: handler)
    nextGeneration &+= 1
    watches[descriptor] = watch
    control(EPOLL_CTL_ADD, descriptor, watch)
  }

  /// Changes what a watched descriptor is watched for. Costs nothing when it is that already. Must be called on the loop.
  public func update(_ descriptor: Int32, for interest: Readiness) {
    preconditionOnLoop()
    guard var watch = watches[descriptor], watch.interest != interest else { return }
    watch.interest = interest
    watches[descriptor] = watch
    control(EPOLL_CTL_MOD, descriptor, watch)
  }

  /// Stops watching; an event that was already on its way is dropped. Must be called on the loop.
  public func unwatch(_ descriptor: Int32) {
    preconditionOnLoop()
    guard watches.removeValue(forKey: descriptor) != nil else { return }
    // The kernel may have dropped the descriptor already if the library closed it: nothing is left to undo then.
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  private func control(_ operation: Int32, _ descriptor: Int32, _ watch: Watch) {
    let key = UInt64(watch.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    var event = epoll_event(events: watch.interest.events, data: epoll_data_t(u64: key))
    let status = epoll_ctl(epoll, operation, descriptor, &event)
    precondition(status == 0, "epoll_ctl(\(operation)) of descriptor \(descriptor) failed: errno \(errno)")
  }

  // MARK: - Timers

  /// Calls `action` on the loop once, `delay` from now (milliseconds' precision). Must be called on the loop.
  public func schedule(after delay: Duration, _ action: @escaping () -> Void) -> PollingTimer {
    preconditionOnLoop()
    return timers.add(at: .now + delay, action)
  }

  /// Forgets a timer that has not fired. Must be called on the loop.
  public func cancel(_ timer: PollingTimer) {
    preconditionOnLoop()
    timers.cancel(timer)
  }

  // MARK: - The thread

  private func run() {
    measureLag()
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    while true {
      runJobs()
      let count = epoll_wait(epoll, &events, Int32(events.count), timeout())
      for event in events.prefix(Int(max(count, 0))) { dispatch(event) }
      for action in timers.due(at: .now) { action() }
    }
  }

  /// One round of what has been enqueued so far: jobs that enqueue jobs do not keep descriptors and timers waiting.
  private func runJobs() {
    var round = local
    local.removeAll(keepingCapacity: true)
    inbox.withLockedValue {
      round.append(contentsOf: $0.jobs)
      $0.jobs.removeAll(keepingCapacity: true)
    }
    let (actors, tasks) = (asUnownedSerialExecutor(), asUnownedTaskExecutor())
    for job in round {
      switch job {
      // Without naming the tasks' executor: most tasks do not prefer the loop, and for them the runtime would put an
      // actor's own code back in line wherever it steps into another function of the same actor.
      case .isolated(let job): job.runSynchronously(on: actors)
      case .preferring(let job): job.runSynchronously(on: tasks)
      }
    }
  }

  private func timeout() -> Int32 {
    if !local.isEmpty { return 0 }
    return timers.millisecondsToNext(from: .now)
  }

  private func dispatch(_ event: epoll_event) {
    let key = event.data.u64
    guard key != 0 else { return acknowledgeWakeup() }
    let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: key))
    guard let watch = watches[descriptor], watch.generation == UInt32(truncatingIfNeeded: key >> 32) else { return }
    watch.handler(Readiness(events: event.events))
  }

  private func acknowledgeWakeup() {
    var count: UInt64 = 0
    _ = read(wakeup, &count, MemoryLayout<UInt64>.size)
    inbox.withLockedValue { $0.isSignalled = false }
  }

  private func measureLag() {
    let interval = Duration.seconds(1)
    let due = ContinuousClock.now + interval
    _ = timers.add(at: due) { [self] in
      lag.record((ContinuousClock.now - due) / Duration.seconds(1))
      measureLag()
    }
  }
}

// MARK: - Executor

extension PollingLoop: TaskExecutor {
  /// Runs a job of a task that prefers the loop; called by the Swift runtime.
  public func enqueue(_ job: consuming ExecutorJob) {
    add(.preferring(UnownedJob(job)))
  }

  /// The executor of the actors that live on the loop.
  ///
  /// It is another object than the tasks': the runtime must see for which of the two a job was meant. Would it take a
  /// task's job for an actor's, it would put the task back in line at every step of code that belongs to no actor.
  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: actors)
  }

  func add(_ job: LoopJob) {
    if isCurrent {
      local.append(job)
      return
    }
    let mustSignal = inbox.withLockedValue { inbox in
      inbox.jobs.append(job)
      defer { inbox.isSignalled = true }
      return !inbox.isSignalled
    }
    guard mustSignal else { return }
    var one: UInt64 = 1
    _ = write(wakeup, &one, MemoryLayout<UInt64>.size)
  }
}

private final class ThreadBody {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}
