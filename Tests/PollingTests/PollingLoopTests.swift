import Glibc
import NIOConcurrencyHelpers
import Polling
import Testing

@Suite struct PollingLoopTests {
  let loop = PollingLoop(name: "test")

  /// An actor that lives on the loop, as the drivers' connections do.
  actor Resident {
    let loop: PollingLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    var seen: [String] = []

    init(loop: PollingLoop) {
      self.loop = loop
    }

    func note(_ text: String) { seen.append(text) }

    /// Bytes read from `descriptor` by a readiness handler, as one string.
    func firstReadable(_ descriptor: Int32) async -> String {
      await withCheckedContinuation { continuation in
        loop.watch(descriptor, for: .readable) { [loop] readiness in
          #expect(readiness.contains(.readable))
          var buffer = [UInt8](repeating: 0, count: 64)
          let count = read(descriptor, &buffer, buffer.count)
          loop.unwatch(descriptor)
          continuation.resume(returning: String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self))
        }
      }
    }

    func timersInOrder(_ delays: [Int]) async -> [Int] {
      await withCheckedContinuation { continuation in
        let fired = NIOLockedValueBox<[Int]>([])
        for delay in delays {
          _ = loop.schedule(after: .milliseconds(delay)) {
            let all = fired.withLockedValue { list in
              list.append(delay)
              return list
            }
            if all.count == delays.count { continuation.resume(returning: all) }
          }
        }
      }
    }

    func cancelledTimerStaysSilent() async -> Bool {
      let fired = NIOLockedValueBox(false)
      let timer = loop.schedule(after: .milliseconds(5)) { fired.withLockedValue { $0 = true } }
      loop.cancel(timer)
      _ = await timersInOrder([20])
      return !fired.withLockedValue { $0 }
    }

    var isOnLoop: Bool { loop.isCurrent }
  }

  @Test func runsActorsAndPreferringTasksOnItsThread() async {
    let resident = Resident(loop: loop)
    #expect(await resident.isOnLoop)
    #expect(!loop.isCurrent)
    let preferring = await Task(executorPreference: loop) { loop.isCurrent }.value
    #expect(preferring)
  }

  @Test func reportsReadableDescriptors() async {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (output, input) = (ends[0], ends[1])
    defer {
      close(output)
      close(input)
    }
    let resident = Resident(loop: loop)
    async let text = resident.firstReadable(output)
    _ = write(input, "warm", 4)
    #expect(await text == "warm")
  }

  @Test func firesTimersByDeadline() async {
    let resident = Resident(loop: loop)
    #expect(await resident.timersInOrder([30, 10, 20]) == [10, 20, 30])
    #expect(await resident.cancelledTimerStaysSilent())
  }

  @Test func takesJobsFromManyThreads() async {
    let resident = Resident(loop: loop)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<2_000 { group.addTask { await resident.note("\(number)") } }
    }
    #expect(Set(await resident.seen).count == 2_000)
  }
}
