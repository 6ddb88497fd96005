import Polling

/// The tasks that wait for something on a loop, each for a limited time.
struct WaitingRoom<Grant: Sendable> {
  struct Guest {
    let continuation: CheckedContinuation<Grant, any Error>
    let since: ContinuousClock.Instant
    let timer: PollingTimer
  }

  private var guests: [Int: Guest] = [:]
  private var numbers = 0

  mutating func nextNumber() -> Int {
    numbers += 1
    return numbers
  }

  mutating func enter(_ number: Int, _ continuation: CheckedContinuation<Grant, any Error>, timer: PollingTimer) {
    guests[number] = Guest(continuation: continuation, since: .now, timer: timer)
  }

  mutating func leave(_ number: Int, _ loop: PollingLoop) -> Guest? {
    guard let guest = guests.removeValue(forKey: number) else { return nil }
    loop.cancel(guest.timer)
    return guest
  }

  mutating func leaveAll(_ loop: PollingLoop) -> [Guest] {
    defer { guests.removeAll() }
    for guest in guests.values { loop.cancel(guest.timer) }
    return Array(guests.values)
  }

  var numbersOfGuests: [Int] { Array(guests.keys) }
  var count: Int { guests.count }
}
