import Foundation
import Testing

@testable import Sandbox

@Suite struct RateLimitTests {
  @Test func twentyFitIntoAnyMinuteAndNoMore() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      // One message, then nineteen half a minute later: the window slides over both.
      #expect(try await client.send(text: "0").errcode == 0)
      fixture.time.advance(by: .seconds(30))
      for index in 1..<20 { #expect(try await client.send(text: "\(index)").errcode == 0) }
      #expect(try await client.send(text: "too many").errcode == 45009)
      fixture.time.advance(by: .milliseconds(29_999))
      #expect(try await client.send(text: "a millisecond early").errcode == 45009)
      fixture.time.advance(by: .milliseconds(1))
      #expect(try await client.send(text: "the first has left the window").errcode == 0)
      #expect(try await client.send(text: "but only the first").errcode == 45009)
      fixture.time.advance(by: .milliseconds(29_999))
      #expect(try await client.send(text: "the nineteen are still in it").errcode == 45009)
      fixture.time.advance(by: .milliseconds(1))
      for index in 0..<19 { #expect(try await client.send(text: "again \(index)").errcode == 0) }
      #expect(try await client.send(text: "full again").errcode == 45009)
      #expect(try fixture.log.maxInWindow(.seconds(60)).values.max() == 20)
      // The reader itself would notice: a window that is a millisecond longer holds both bursts of nineteen.
      #expect(try fixture.log.maxInWindow(.milliseconds(60_001)).values.max() == 39)
    }
  }

  @Test func eachRobotHasItsOwnLimitAndRefusalsCostNothing() async throws {
    var fixture = try SandboxFixture()
    fixture.configuration.rate = RateLimit(count: 2, window: .milliseconds(100))
    try await fixture.run { [fixture] client async throws in
      for _ in 0..<5 { #expect(try await client.send(#"{"msgtype":"text","text":{}}"#).errcode == 44004) }
      #expect(try await client.send(text: "1").errcode == 0)
      #expect(try await client.send(text: "2").errcode == 0)
      for _ in 0..<5 { #expect(try await client.send(text: "3").errcode == 45009) }
      #expect(try await client.send(text: "1", key: SandboxFixture.otherKey).errcode == 0)
      fixture.time.advance(by: .milliseconds(100))
      #expect(try await client.send(text: "4").errcode == 0)
    }
  }

  @Test(arguments: 0..<8)
  func noWindowOfARandomHistoryHoldsMoreThanTheLimit(seed: UInt64) throws {
    var dice = SeededDice(seed: seed)
    var window = SlidingWindow(RateLimit(count: 5, window: .milliseconds(100)))
    var now = Moment(milliseconds: 0)
    var accepted: [Moment] = []
    var wrong = 0
    for _ in 0..<2000 {
      now = now.advanced(by: .milliseconds(Int(dice.roll() * 20)))
      let inWindow = accepted.count { now - $0 < .milliseconds(100) }
      let isAdmitted = window.hasRoom(at: now)
      if isAdmitted != (inWindow < 5) { wrong += 1 }
      if isAdmitted {
        window.record(now)
        accepted.append(now)
      }
    }
    #expect(wrong == 0, "seed \(seed)")
    #expect(accepted.count > 100)
  }
}
