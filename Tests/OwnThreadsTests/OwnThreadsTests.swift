import Foundation
import NIOConcurrencyHelpers
import OwnThreads
import Testing

@Suite(.timeLimit(.minutes(1))) struct OwnThreadsTests {
  /// Holds the work of a test until the test says so.
  final class Gate: Sendable {
    private let condition = ConditionLock(value: false)
    private let begun = NIOLockedValueBox<[Int]>([])

    var order: [Int] { begun.withLockedValue { $0 } }

    func pass(_ number: Int) {
      begun.withLockedValue { $0.append(number) }
      condition.lock(whenValue: true)
      condition.unlock()
    }

    func open() {
      condition.lock()
      condition.unlock(withValue: true)
    }
  }

  @Test func returnsWhatTheWorkCameTo() async throws {
    let threads = OwnThreads(name: "test", limit: 1, waiting: 0)
    #expect(try await threads.run { 7 } == 7)
    await #expect(throws: POSIXError.self) { try await threads.run { throw POSIXError(.EIO) } }
    #expect(try await threads.run { 8 } == 8, "an error costs no thread")
  }

  @Test func worksAwayFromTheCooperativePool() async throws {
    let threads = OwnThreads(name: "nuanqun.test", limit: 1, waiting: 0)
    let name = try await threads.run { try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8) }
    #expect(name == "nuanqun.test\n")
  }

  @Test func noMoreThanTheLimitWorkAndTheOthersFollowInOrder() async throws {
    let (threads, gate) = (OwnThreads(name: "test", limit: 2, waiting: 10), Gate())
    try await withThrowingTaskGroup { group in
      for number in 0..<2 { group.addTask { try await threads.run { gate.pass(number) } } }
      try await eventually { gate.order.count == 2 }
      for number in 2..<8 {
        group.addTask { try await threads.run { gate.pass(number) } }
        try await eventually { threads.waiting == number - 1 }
      }
      #expect(gate.order.count == 2)
      gate.open()
      try await group.waitForAll()
    }
    #expect(gate.order.dropFirst(2).sorted() == Array(2..<8))
    #expect(threads.waiting == 0)
  }

  @Test func oneThreadKeepsTheOrder() async throws {
    let (threads, gate) = (OwnThreads(name: "test", limit: 1, waiting: 10), Gate())
    try await withThrowingTaskGroup { group in
      for number in 0..<6 {
        group.addTask { try await threads.run { gate.pass(number) } }
        try await eventually { gate.order.count + threads.waiting == number + 1 }
      }
      gate.open()
      try await group.waitForAll()
    }
    #expect(gate.order == Array(0..<6))
  }

  @Test func aFullLineRefusesAtOnce() async throws {
    let (threads, gate) = (OwnThreads(name: "test", limit: 1, waiting: 1), Gate())
    try await withThrowingTaskGroup { group in
      for number in 0..<2 {
        group.addTask { try await threads.run { gate.pass(number) } }
        try await eventually { gate.order.count + threads.waiting == number + 1 }
      }
      await #expect(throws: Busy.self) { try await threads.run {} }
      gate.open()
      try await group.waitForAll()
    }
    #expect(try await threads.run { true }, "there is room again")
  }

  @Test func whoIsCancelledLeavesTheLine() async throws {
    let (threads, gate) = (OwnThreads(name: "test", limit: 1, waiting: 1), Gate())
    let working = Task { try await threads.run { gate.pass(0) } }
    try await eventually { gate.order == [0] }
    let waiting = Task { try await threads.run { gate.pass(1) } }
    try await eventually { threads.waiting == 1 }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(threads.waiting == 0)

    working.cancel()
    gate.open()
    try await working.value
    #expect(gate.order == [0], "what has begun runs to its end, and what was cancelled never begins")
  }

  @Test func whoWasCancelledBeforeNeverBegins() async throws {
    let threads = OwnThreads(name: "test", limit: 1, waiting: 1)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await threads.run { true }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func manyComeAndGoAtOnce() async throws {
    let threads = OwnThreads(name: "test", limit: 3, waiting: 1_000)
    let (working, most) = (NIOLockedValueBox(0), NIOLockedValueBox(0))
    try await withThrowingTaskGroup { group in
      for number in 0..<500 {
        group.addTask {
          try await threads.run {
            let now = working.withLockedValue {
              $0 += 1
              return $0
            }
            most.withLockedValue { $0 = max($0, now) }
            usleep(200)
            working.withLockedValue { $0 -= 1 }
            return number
          }
        }
      }
      var sum = 0
      for try await number in group { sum += number }
      #expect(sum == 500 * 499 / 2)
    }
    #expect((1...3).contains(most.withLockedValue { $0 }))
  }
}

/// Waits until something is so; the test's own limit ends it.
func eventually(_ condition: () -> Bool) async throws {
  while !condition() { try await Task.sleep(for: .milliseconds(2)) }
}
