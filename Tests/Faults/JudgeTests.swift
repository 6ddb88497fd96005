import Community
import Foundation
import Testing

@testable import Sandbox
@testable import Trials

/// The control of the fault tests: a judge that overlooks something would make them worthless.
@Suite struct JudgeTests {
  let first = Send(content: "one", room: "first")
  let second = Send(content: "one", room: "second")

  private func findings(
    _ states: [Send: Delivery.State], arrivals: [Send], mayBeUnknown: Int = 0, seconds: Double = 60
  ) -> Set<Judge.Finding> {
    let ledger = states.map { LedgerRow(send: $0.key, state: $0.value, reason: nil) }
    let judge = Judge(expected: [first, second], mayBeUnknown: mayBeUnknown)
    return Set(judge.findings(ledger: ledger, log: Self.log(of: arrivals, seconds: seconds)))
  }

  private static func log(of arrivals: [Send], seconds: Double) -> SandboxLog {
    SandboxLog(
      entries: arrivals.enumerated().map { index, send in
        SandboxLogEntry(
          at: Moment(Date(timeIntervalSince1970: Double(index) * seconds)), number: index + 1, endpoint: .send,
          robot: send.room, room: send.room, brand: "brand", type: "text", content: send.content, sha256: nil,
          bodyBytes: 3, readWhole: true, accepted: true, errcode: 0, fault: nil)
      })
  }

  @Test func findsNothingWhereNothingIsWrong() {
    #expect(findings([first: .delivered, second: .delivered], arrivals: [first, second]).isEmpty)
    #expect(findings([first: .delivered, second: .skipped], arrivals: [first]).isEmpty)
  }

  @Test func reportsADoubledAndALostDelivery() {
    let found = findings([first: .delivered, second: .ready], arrivals: [first, first])
    #expect(found == [.doubled(first, times: 2), .lost(second, .ready)])
  }

  @Test func reportsADoubledOneAlsoWhereTheLedgerOwnsUpToNotKnowing() {
    let found = findings([first: .unknown, second: .delivered], arrivals: [first, first, second], mayBeUnknown: 1)
    #expect(found == [.doubled(first, times: 2)])
  }

  @Test(arguments: [Delivery.State.ready, .sending, .waiting]) func reportsWhatIsLeft(state: Delivery.State) {
    #expect(findings([first: state, second: .delivered], arrivals: [second]) == [.lost(first, state)])
  }

  @Test func reportsWhatTheLedgerForgot() {
    #expect(findings([first: .delivered], arrivals: [first]) == [.missing(second)])
  }

  @Test func reportsWhatTheLedgerMadeUp() {
    let found = findings([first: .delivered, second: .failed], arrivals: [second])
    #expect(found == [.neverArrived(first), .arrived(second, although: .failed)])
    let other = Send(content: "another brand's", room: "first")
    #expect(
      findings([first: .delivered, second: .delivered, other: .delivered], arrivals: [first, second, other])
        == [.surplus(other), .stray(other)])
  }

  @Test func doesNotLetEverythingBeUnknown() {
    let states: [Send: Delivery.State] = [first: .unknown, second: .unknown]
    #expect(findings(states, arrivals: [first], mayBeUnknown: 1) == [.unknown(2, allowed: 1)])
    #expect(findings(states, arrivals: [first], mayBeUnknown: 2).isEmpty)
  }

  @Test func whatIsLeftOutOfTheLedgerArrivesOnceAtMost() {
    func findings(_ arrivals: [Send]) -> [Judge.Finding] {
      Judge(expected: [first, second], mayBeUnknown: 0, mayBeMissing: [second]).findings(
        ledger: [LedgerRow(send: first, state: .delivered, reason: nil)], log: Self.log(of: arrivals, seconds: 60))
    }
    #expect(findings([first]).isEmpty && findings([first, second]).isEmpty)
    #expect(findings([first, second, second]) == [.doubled(second, times: 2)])
    #expect(self.findings([first: .delivered], arrivals: [first]) == [.missing(second)])
  }

  @Test func reportsARobotThatIsTooFast() {
    let judge = Judge(expected: Set((1...21).map { Send(content: "\($0)", room: "first") }), mayBeUnknown: 0)
    let ledger = judge.expected.map { LedgerRow(send: $0, state: .delivered, reason: nil) }
    // Twenty steps of 2.999 s lie within a minute, of 3 s they do not.
    let tooFast = judge.findings(ledger: ledger, log: Self.log(of: Array(judge.expected), seconds: 2.999))
    #expect(tooFast == [.tooFast(robot: "first", inWindow: 21)])
    #expect(judge.findings(ledger: ledger, log: Self.log(of: Array(judge.expected), seconds: 3)).isEmpty)
  }
}
