/// Who has which connection and who waits for one: a pure value, in which a connection is a slot's number.
struct PoolState {
  typealias Instant = ContinuousClock.Instant

  enum Answer: Equatable {
    /// The slot is the caller's. One that was idle for long has to be checked first.
    case lease(slot: Int, check: Bool)
    case wait
    /// Too many wait already.
    case full
  }

  enum Returned: Equatable {
    /// The slot goes to a caller that waited.
    case lease(waiter: Int)
    case idle
    /// The slot is gone: its connection is to be closed.
    case retire
  }

  private enum Phase: Equatable {
    case connecting
    case idle(since: Instant)
    case leased
  }

  private struct Slot {
    var phase: Phase
    var expires: Instant
    /// The key of its last lease: the server has that key's plans and caches there.
    var affinity: String?
  }

  private struct Waiter {
    let number: Int
    let affinity: String?
  }

  let limits: PoolLimits
  private var slots: [Int: Slot] = [:]
  private var waiters = FIFO<Waiter>()
  private var numbers = 0
  /// Attempts to connect that failed since the last that succeeded.
  private(set) var failures = 0

  init(limits: PoolLimits) {
    self.limits = limits
  }

  var waiting: Int { waiters.count }
  var inUse: Int { slots.values.count { $0.phase == .leased } }
  var connecting: Int { slots.values.count { $0.phase == .connecting } }
  var size: Int { slots.count }
  var idle: [Int] {
    slots.compactMap { number, slot in if case .idle = slot.phase { number } else { nil } }
  }

  // MARK: - Callers

  mutating func request(waiter: Int, affinity: String?, now: Instant) -> Answer {
    if let slot = bestIdle(for: affinity, now: now), case .idle(let since) = slots[slot]?.phase {
      slots[slot]?.phase = .leased
      slots[slot]?.affinity = affinity
      return .lease(slot: slot, check: now - since > limits.checkAfterIdle)
    }
    guard waiters.count < limits.maximumWaiting else { return .full }
    waiters.append(Waiter(number: waiter, affinity: affinity))
    return .wait
  }

  /// Leases an idle slot that needs no check, if that is the best.
  mutating func leaseFresh(affinity: String?, now: Instant) -> Int? {
    guard waiters.isEmpty, let slot = bestIdle(for: affinity, now: now), case .idle(let since) = slots[slot]?.phase,
      now - since <= limits.checkAfterIdle
    else { return nil }
    slots[slot]?.phase = .leased
    slots[slot]?.affinity = affinity
    return slot
  }

  /// The slot of the key's last lease; else one that nobody has a claim on; else the one idle for longest, whose key is
  /// the least likely to come back.
  private func bestIdle(for affinity: String?, now: Instant) -> Int? {
    var best: (slot: Int, rank: Int, since: Instant)?
    for (number, slot) in slots {
      guard case .idle(let since) = slot.phase else { continue }
      let rank = slot.affinity == affinity ? 0 : slot.affinity == nil ? 1 : 2
      // Of its own or nobody's take the freshest, so that what is not needed grows old; of the others' the stalest.
      let isBetter =
        best.map { rank < $0.rank || (rank == $0.rank && (rank < 2 ? since > $0.since : since < $0.since)) } ?? true
      if isBetter { best = (number, rank, since) }
    }
    return best?.slot
  }

  /// A caller does not wait any longer; whether it was still waiting.
  mutating func withdraw(waiter: Int) -> Bool {
    waiters.remove { $0.number == waiter } != nil
  }

  // MARK: - Slots

  /// A slot for which to connect, if one is wanted: somebody waits, or there are fewer than the minimum. After a failure
  /// only one attempt is made at a time.
  mutating func slotToConnect(now: Instant) -> Int? {
    let wanted = max(waiters.count, limits.minimum - (slots.count - connecting))
    guard slots.count < limits.maximum, connecting < (failures == 0 ? wanted : min(wanted, 1)) else { return nil }
    numbers += 1
    let spread = Double.random(in: 0.9...1.1)
    slots[numbers] = Slot(phase: .connecting, expires: now + limits.maximumAge * spread, affinity: nil)
    return numbers
  }

  mutating func connected(_ slot: Int, now: Instant) -> Returned {
    failures = 0
    return returned(slot, now: now)
  }

  mutating func connectFailed(_ slot: Int) {
    failures += 1
    slots[slot] = nil
  }

  /// A connection comes back in good order.
  mutating func returned(_ slot: Int, now: Instant) -> Returned {
    guard let expires = slots[slot]?.expires, now < expires else {
      slots[slot] = nil
      return .retire
    }
    guard let waiter = waiters.popFirst() else {
      slots[slot]?.phase = .idle(since: now)
      return .idle
    }
    slots[slot]?.phase = .leased
    slots[slot]?.affinity = waiter.affinity
    return .lease(waiter: waiter.number)
  }

  /// A connection is lost or was closed.
  mutating func remove(_ slot: Int) {
    slots[slot] = nil
  }

  func isIdle(_ slot: Int) -> Bool {
    if case .idle = slots[slot]?.phase { true } else { false }
  }

  /// Takes out the idle slots that are too old, or idle for too long and not needed for the minimum.
  mutating func sweep(now: Instant) -> [Int] {
    var gone: [Int] = []
    for (number, slot) in slots {
      guard case .idle(let since) = slot.phase else { continue }
      let isSpare = slots.count - gone.count > limits.minimum && now - since > limits.maximumIdle
      if isSpare || now >= slot.expires { gone.append(number) }
    }
    for number in gone { slots[number] = nil }
    return gone
  }
}
