import Identifiers
import Testing

@testable import JobQueue

@Suite struct LeaseTests {
  private let later = ContinuousClock.now + .seconds(3_600)
  private let earlier = ContinuousClock.now - .seconds(1)

  @Test func isHeldUntilItsInstant() {
    #expect(Lease(until: later).isHeld)
    #expect(!Lease(until: earlier).isHeld)
  }

  @Test func canBeExtendedWhenItRanOut() {
    let lease = Lease(until: earlier)
    lease.extend(until: later)
    #expect(lease.isHeld)
  }

  /// Another worker may have begun by then: nothing makes this attempt the only one again.
  @Test func staysLostOnceItIsLost() {
    let lease = Lease(until: later)
    lease.lose()
    lease.extend(until: later)
    #expect(!lease.isHeld)
  }

  @Test func whatInterruptsFirstIsTheReason() {
    let ends = Tally<String>()
    let lease = Lease(until: later)
    lease.onInterruption { ends.add("cancelled") }
    lease.interrupt(.cancelled)
    lease.lose()
    #expect(lease.interruption == .cancelled && !lease.isHeld)
    #expect(ends.counts == ["cancelled": 1])
    // Whoever asks too late is told at once.
    lease.onInterruption { ends.add("late") }
    #expect(ends.counts == ["cancelled": 1, "late": 1])
  }

  /// A hung attempt would otherwise keep its run for ever.
  @Test func theBookLetsGoOfWhatIsOverdue() {
    let book = LeaseBook()
    let (going, hung) = (ID<Run>(), ID<Run>())
    let leases = [book.open(going, until: later, deadline: later), book.open(hung, until: later, deadline: earlier)]
    #expect(book.runs(at: .now) == [going])
    #expect(leases.map(\.isHeld) == [true, false])
    #expect(leases[1].interruption == .overdue)
  }

  @Test func theBookReachesThoseItNames() throws {
    let book = LeaseBook()
    let (kept, lost, closed) = (ID<Run>(), ID<Run>(), ID<Run>())
    let leases = [kept, lost, closed].map { book.open($0, until: earlier, deadline: later) }
    book.close([(closed, leases[2])])
    #expect(Set(book.runs(at: .now)) == [kept, lost])
    book.lose([lost, closed])
    book.extend([kept, lost, closed], until: later)
    #expect(leases.map(\.isHeld) == [true, false, false])
  }

  /// A worker can get a run again whose earlier attempt it has not ended yet.
  @Test func theEarlierAttemptDoesNotCloseTheLaterOne() {
    let book = LeaseBook()
    let run = ID<Run>()
    let first = book.open(run, until: earlier, deadline: later)
    let second = book.open(run, until: earlier, deadline: later)
    book.close([(run, first)])
    #expect(book.runs(at: .now) == [run])
    book.extend([run], until: later)
    #expect(second.isHeld && !first.isHeld)
    book.close([(run, second)])
    #expect(book.runs(at: .now) == [])
  }
}
