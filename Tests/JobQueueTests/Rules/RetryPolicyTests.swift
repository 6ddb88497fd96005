import Foundation
import Testing

@testable import JobQueue

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(attempts: 8, base: 2, cap: 50)

  @Test(arguments: zip(1...7, [2.0, 4, 8, 16, 32, 50, 50])) func doublesUpToTheCap(failure: Int, longest: Double) {
    var bounds: [ClosedRange<Double>] = []
    let delay = policy.delay(afterFailure: failure) { range in
      bounds.append(range)
      return range.upperBound
    }
    #expect(delay == longest)
    #expect(bounds == [0...longest])
  }

  @Test(arguments: [8, 9, 1_000]) func endsAtTheLast(failure: Int) {
    #expect(policy.delay(afterFailure: failure) == nil)
  }

  @Test func triesOnceWhereOneAttemptIsAllowed() {
    #expect(RetryPolicy(attempts: 1).delay(afterFailure: 1) == nil)
  }

  @Test func isAlwaysWithinItsBounds() {
    var random = Seeded()
    for _ in 0..<2_000 {
      let policy = RetryPolicy(
        attempts: random.number(1...200), base: Double(random.number(1...100)) / 10, cap: Double(random.number(1...900))
      )
      let failure = random.number(1...250)
      let delay = policy.delay(afterFailure: failure)
      #expect((delay == nil) == (failure >= policy.attempts), "\(random)")
      if let delay { #expect((0...policy.cap).contains(delay), "\(random)") }
    }
  }

  /// What failed together does not come back together.
  @Test func spreadsTheWaits() {
    let delays = (0..<1_000).compactMap { _ in policy.delay(afterFailure: 5) }
    #expect(delays.contains { $0 < 8 } && delays.contains { $0 > 24 })
    #expect(Set(delays).count > 900)
  }
}
