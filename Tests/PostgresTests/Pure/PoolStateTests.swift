import Testing

@testable import Postgres

@Suite struct PoolStateTests {
  private let start = ContinuousClock.now

  private func limits(_ change: (inout PoolLimits) -> Void = { _ in }) -> PoolLimits {
    var limits = PoolLimits()
    limits.maximum = 2
    change(&limits)
    return limits
  }

  /// A state with one slot that was connected for nobody.
  private func idle(_ limits: PoolLimits) -> (PoolState, Int) {
    var limits = limits
    limits.minimum = max(limits.minimum, 1)
    var state = PoolState(limits: limits)
    let slot = state.slotToConnect(now: start) ?? 0
    _ = state.connected(slot, now: start)
    return (state, slot)
  }

  @Test func connectsForThoseWhoWaitUpToTheLimit() {
    var state = PoolState(limits: limits())
    #expect(state.slotToConnect(now: start) == nil)
    for waiter in 1...3 { #expect(state.request(waiter: waiter, affinity: nil, now: start) == .wait) }
    let slots = [state.slotToConnect(now: start), state.slotToConnect(now: start)].compactMap { $0 }
    #expect(slots.count == 2)
    #expect(state.slotToConnect(now: start) == nil)
    #expect(state.connected(slots[0], now: start) == .lease(waiter: 1))
    #expect(state.connected(slots[1], now: start) == .lease(waiter: 2))
    #expect(state.returned(slots[0], now: start) == .lease(waiter: 3))
    #expect(state.returned(slots[0], now: start) == .idle)
    #expect(state.inUse == 1)
  }

  @Test func refusesWhenTooManyWait() {
    var state = PoolState(limits: limits { $0.maximumWaiting = 1 })
    #expect(state.request(waiter: 1, affinity: nil, now: start) == .wait)
    #expect(state.request(waiter: 2, affinity: nil, now: start) == .full)
    let (first, second) = (state.withdraw(waiter: 1), state.withdraw(waiter: 1))
    #expect(first)
    #expect(!second)
    #expect(state.request(waiter: 2, affinity: nil, now: start) == .wait)
  }

  @Test func prefersTheSlotThatServedTheKey() {
    var state = PoolState(limits: limits { $0.minimum = 2 })
    let slots = (0..<2).compactMap { _ in state.slotToConnect(now: start) }
    for slot in slots { _ = state.connected(slot, now: start) }
    guard case .lease(let first, _) = state.request(waiter: 1, affinity: "a", now: start),
      case .lease(let second, _) = state.request(waiter: 2, affinity: "b", now: start)
    else {
      Issue.record("two slots are idle")
      return
    }
    _ = state.returned(first, now: start)
    _ = state.returned(second, now: start + .seconds(1))
    #expect(state.request(waiter: 3, affinity: "a", now: start) == .lease(slot: first, check: false))
    _ = state.returned(first, now: start + .seconds(2))
    // Nobody's key: the one idle for longest is the least likely to be missed.
    #expect(state.request(waiter: 4, affinity: "c", now: start) == .lease(slot: second, check: false))
  }

  @Test func checksWhatWasIdleForLong() {
    var (state, slot) = idle(limits())
    #expect(state.leaseFresh(affinity: nil, now: start + .seconds(31)) == nil)
    #expect(
      state.request(waiter: 1, affinity: nil, now: start + .seconds(31)) == .lease(slot: slot, check: true))
  }

  @Test func retiresTheOld() {
    var (state, slot) = idle(limits { $0.maximumAge = .seconds(100) })
    _ = state.request(waiter: 1, affinity: nil, now: start)
    #expect(state.returned(slot, now: start + .seconds(89)) == .idle)
    _ = state.request(waiter: 2, affinity: nil, now: start)
    #expect(state.returned(slot, now: start + .seconds(111)) == .retire)
    #expect(state.size == 0)
  }

  @Test func sweepsWhatIsSpare() {
    var state = PoolState(limits: limits { $0.minimum = 1 })
    for waiter in 1...2 { _ = state.request(waiter: waiter, affinity: nil, now: start) }
    let slots = (0..<2).compactMap { _ in state.slotToConnect(now: start) }
    for slot in slots {
      _ = state.connected(slot, now: start)
      _ = state.returned(slot, now: start)
    }
    #expect(state.sweep(now: start + .seconds(10)).isEmpty)
    #expect(state.sweep(now: start + .seconds(301)).count == 1)
    #expect(state.size == 1)
  }

  @Test func triesOneAtATimeAfterAFailure() {
    var state = PoolState(limits: limits())
    for waiter in 1...2 { _ = state.request(waiter: waiter, affinity: nil, now: start) }
    guard let slot = state.slotToConnect(now: start) else {
      Issue.record("somebody waits")
      return
    }
    state.connectFailed(slot)
    guard let second = state.slotToConnect(now: start) else {
      Issue.record("somebody still waits")
      return
    }
    #expect(state.slotToConnect(now: start) == nil)
    #expect(state.connected(second, now: start) == .lease(waiter: 1))
    #expect(state.slotToConnect(now: start) != nil)
  }

  /// Whatever happens in whatever order: a slot has one borrower, and never more slots than the limit.
  @Test func neverLendsASlotTwice() {
    var random = SeededRandom()
    for _ in 0..<100 {
      var now = start
      var state = PoolState(limits: limits { $0.maximum = Int.random(in: 1...4, using: &random) })
      var (lent, connecting, waiting): (Set<Int>, [Int], [Int]) = ([], [], [])
      var next = 0
      func handle(_ slot: Int, _ returned: PoolState.Returned) {
        guard case .lease(let waiter) = returned else { return }
        #expect(waiting.first == waiter)
        waiting.removeAll { $0 == waiter }
        #expect(lent.insert(slot).inserted)
      }
      for _ in 0..<300 {
        now += .seconds(Int.random(in: 0...20, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1:
          next += 1
          switch state.request(waiter: next, affinity: ["a", "b", nil].randomElement(using: &random) ?? nil, now: now) {
          case .lease(let slot, _): #expect(lent.insert(slot).inserted)
          case .wait: waiting.append(next)
          case .full: Issue.record("there is room for waiters")
          }
        case 2: while let slot = state.slotToConnect(now: now) { connecting.append(slot) }
        case 3:
          guard let slot = connecting.popLast() else { continue }
          if Bool.random(using: &random) {
            handle(slot, state.connected(slot, now: now))
          } else {
            state.connectFailed(slot)
          }
        case 4:
          guard let slot = lent.randomElement(using: &random) else { continue }
          lent.remove(slot)
          if Int.random(in: 0..<5, using: &random) == 0 {
            state.remove(slot)
          } else {
            handle(slot, state.returned(slot, now: now))
          }
        case 5:
          guard let waiter = waiting.randomElement(using: &random) else { continue }
          let wasWaiting = state.withdraw(waiter: waiter)
          #expect(wasWaiting)
          waiting.removeAll { $0 == waiter }
        default: for slot in state.sweep(now: now) { #expect(!lent.contains(slot)) }
        }
        #expect(state.size <= state.limits.maximum)
        #expect(state.inUse == lent.count)
        #expect(state.waiting == waiting.count)
      }
    }
  }
}
