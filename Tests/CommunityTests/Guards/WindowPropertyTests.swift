import Almanac
import Foundation
import Testing

@testable import Community

/// The law of the window: a channel that claims when the guards say so never exceeds its rate, in any window.
@Suite struct WindowPropertyTests {
  @Test func noWindowHoldsMoreThanTheLimit() throws {
    var random = Seeded()
    for _ in 0..<200 {
      var channel = Channel(limit: random.number(1...20), window: Double(random.number(1...90)), random: random)
      try channel.live(through: 300)
      random = channel.random
      #expect(channel.fullest <= channel.limit, "seed \(random.seed)")
      #expect(channel.all.count > channel.limit, "seed \(random.seed)")
    }
  }

  /// Sends whenever the guards let it, at random moments and at the very moments for which they told it to wait.
  private struct Channel {
    let limit: Int
    let window: TimeInterval
    var random: Seeded
    /// In whole microseconds, as the database keeps them.
    private(set) var all: [Int] = []
    private var kept: [Date] = []

    init(limit: Int, window: TimeInterval, random: Seeded) {
      (self.limit, self.window, self.random) = (limit, window, random)
    }

    mutating func live(through steps: Int) throws {
      var now = 1_772_942_400_000_000
      for _ in 0..<steps {
        switch DispatchGuards.verdict(on: try facts(at: Self.date(now))) {
        case .send:
          let recent = DispatchGuards.recentClaims(try facts(at: Self.date(now)))
          kept = recent.sorted().suffix(limit - 1) + [Self.date(now)]
          // The order in which an array comes back is nobody's promise.
          kept.shuffle(using: &random)
          all.append(now)
        case .wait(let until):
          try #require(until > Self.date(now))
          // At the moment that was named it may leave; nobody is told to wait again and again.
          let free = Int((until.timeIntervalSince1970 * 1_000_000).rounded(.up))
          #expect(DispatchGuards.verdict(on: try facts(at: Self.date(free))) == .send)
          if random.chance(0.7) { now = free }
        case .skip(let reason): Issue.record("skipped: \(reason)")
        }
        if random.chance(0.6) { now += random.number(0...Int(window * 400_000)) }
      }
    }

    /// The most claims that any stretch of the window's length holds.
    var fullest: Int {
      let length = Int(window * 1_000_000)
      return all.indices.map { first in all[first...].prefix { $0 < all[first] + length }.count }.max() ?? 0
    }

    private static func date(_ microseconds: Int) -> Date {
      Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }

    private func facts(at now: Date) throws -> DispatchFacts {
      DispatchFacts(
        isApproved: true, isBrandActive: true, isGroupActive: true, isChannelActive: true, now: now, dueAt: now,
        grace: 0, zone: .utc, quietHours: .none, weight: .service, coreToday: 0, coreDailyCap: 0, parkedUntil: nil,
        claims: kept, rateLimit: limit, window: window)
    }
  }
}
