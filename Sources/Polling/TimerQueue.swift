import HeapModule

/// A timer that was scheduled on a `PollingLoop`; the handle by which it is cancelled.
public struct PollingTimer: Sendable, Hashable {
  let number: UInt64
}

/// The timers of one loop, by deadline. A cancelled timer stays in the heap, without its action, until it is due.
struct TimerQueue {
  private struct Entry: Comparable {
    let deadline: ContinuousClock.Instant
    let timer: PollingTimer

    static func < (lhs: Entry, rhs: Entry) -> Bool {
      (lhs.deadline, lhs.timer.number) < (rhs.deadline, rhs.timer.number)
    }

    static func == (lhs: Entry, rhs: Entry) -> Bool { lhs.timer == rhs.timer }
  }

  private var heap = Heap<Entry>()
  private var actions: [PollingTimer: () -> Void] = [:]
  private var next: UInt64 = 0

  mutating func add(at deadline: ContinuousClock.Instant, _ action: @escaping () -> Void) -> PollingTimer {
    let timer = PollingTimer(number: next)
    next += 1
    actions[timer] = action
    heap.insert(Entry(deadline: deadline, timer: timer))
    return timer
  }

  mutating func cancel(_ timer: PollingTimer) {
    actions[timer] = nil
  }

  /// Takes out the actions whose deadline has passed, in the order of their deadlines.
  mutating func due(at now: ContinuousClock.Instant) -> [() -> Void] {
    var due: [() -> Void] = []
    while let first = heap.min, first.deadline <= now {
      heap.removeMin()
      if let action = actions.removeValue(forKey: first.timer) { due.append(action) }
    }
    return due
  }

  /// How long epoll may sleep: rounded up, so that a timer is due when epoll returns; -1 when there is no timer.
  mutating func millisecondsToNext(from now: ContinuousClock.Instant) -> Int32 {
    while let first = heap.min, actions[first.timer] == nil { heap.removeMin() }
    guard let first = heap.min else { return -1 }
    let wait = (first.deadline - now) / Duration.milliseconds(1)
    return Int32(min(max(wait.rounded(.up), 0), 60_000))
  }
}
