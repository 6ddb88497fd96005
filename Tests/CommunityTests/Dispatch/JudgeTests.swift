import Channels
import Foundation
import Identifiers
import Testing

@testable import Community

/// Controls: the judge finds what it is there to find.
@Suite struct JudgeTests {
  private let mark = Mark(touch: ID(), group: ID())
  private let start = ContinuousClock.now

  private func judge(cap: Int = 10, faults: Int = 0) -> Judge {
    Judge(
      expected: [mark], core: [mark.touch], cap: cap, rate: ChannelRate(limit: 2, per: .seconds(10)), faults: faults)
  }

  private func delivery(_ state: Delivery.State, of mark: Mark? = nil) -> Delivery {
    let mark = mark ?? self.mark
    return Delivery(
      id: ID(), touchID: mark.touch, groupID: mark.group, channelID: nil, state: state, reason: nil, platformCode: nil,
      detail: nil, attempts: 1, claimedAt: nil, settledAt: nil)
  }

  private func arrival(_ mark: Mark? = nil, at second: Double = 0, isAccepted: Bool = true) -> Arrival {
    Arrival(mark: mark ?? self.mark, account: "key", at: start + .seconds(second), isAccepted: isAccepted)
  }

  @Test func aTrueLedgerIsNoFinding() {
    #expect(judge().findings([delivery(.delivered)], [arrival()]).isEmpty)
    #expect(judge().findings([delivery(.failed)], [arrival(isAccepted: false)]).isEmpty)
    #expect(judge().findings([delivery(.skipped)], []).isEmpty)
    #expect(judge(faults: 1).findings([delivery(.unknown)], []).isEmpty)
    #expect(judge(faults: 1).findings([delivery(.unknown)], [arrival()]).isEmpty)
  }

  @Test func aSecondSendIsFound() {
    let calls = [arrival(), arrival(at: 20)]
    #expect(judge().findings([delivery(.delivered)], calls) == [.doubled(mark)])
    #expect(judge(faults: 1).findings([delivery(.unknown)], calls) == [.doubled(mark)])
    #expect(judge().findings([delivery(.delivered), delivery(.delivered)], [arrival()]) == [.doubled(mark)])
  }

  @Test func whatAPersonHasOrderedIsNoDoubleSend() {
    var judge = judge()
    judge.authorised = [mark: 1]
    let calls = [arrival(), arrival(at: 20), arrival(at: 40)]
    #expect(judge.findings([delivery(.delivered)], Array(calls.prefix(2))).isEmpty)
    #expect(judge.findings([delivery(.delivered)], calls) == [.doubled(mark)])
  }

  @Test func whatIsLostIsFound() {
    #expect(judge().findings([], []) == [.lost(mark, nil)])
    #expect(judge().findings([delivery(.ready)], []) == [.lost(mark, .ready)])
    #expect(judge(faults: 1).findings([delivery(.sending)], [arrival()]) == [.lost(mark, .sending)])
  }

  @Test func anUntrueLedgerIsFound() {
    #expect(judge().findings([delivery(.delivered)], []) == [.untrue(mark, .delivered, accepted: 0)])
    #expect(judge().findings([delivery(.failed)], [arrival()]) == [.untrue(mark, .failed, accepted: 1)])
    #expect(judge().findings([delivery(.skipped)], [arrival()]) == [.untrue(mark, .skipped, accepted: 1)])
    #expect(judge(faults: 0).findings([delivery(.unknown)], []) == [.tooManyUnknown(1)])
  }

  @Test func aCapThatIsPassedIsFound() {
    let other = Mark(touch: mark.touch, group: mark.group)
    #expect(judge(cap: 0).findings([delivery(.delivered, of: other)], [arrival(other)]) == [.overCap(mark.group, 1)])
  }

  @Test func aQuotaThatIsPassedIsFound() {
    let other = Mark(touch: ID(), group: mark.group)
    var judge = Judge(
      expected: [mark, other], core: [], cap: 0, rate: ChannelRate(limit: 2, per: .seconds(10)), faults: 0)
    let (rows, calls) = ([delivery(.delivered), delivery(.delivered, of: other)], [arrival(), arrival(other, at: 20)])
    (judge.quotas, judge.groupQuota) = (["key": 2, "another": 0], 2)
    #expect(judge.findings(rows, calls).isEmpty)
    (judge.quotas, judge.groupQuota) = (["key": 1], 1)
    #expect(judge.findings(rows, calls) == [.overQuota(account: "key", 2), .overGroupQuota(mark.group, 2)])
  }

  @Test func aWindowThatIsTooFullIsFound() {
    let refused = [0.0, 3, 9.9].map { arrival(at: $0, isAccepted: false) }
    #expect(judge().findings([delivery(.failed)], refused) == [.overRate(account: "key")])
    let spaced = [0.0, 3, 10].map { arrival(at: $0, isAccepted: false) }
    #expect(judge().findings([delivery(.failed)], spaced).isEmpty)
    // Three deliveries that one call brought are one call.
    let call = UUID()
    let together = (0..<3).map { _ in Arrival(mark: mark, account: "key", at: start, isAccepted: false, call: call) }
    #expect(judge().findings([delivery(.failed)], together).isEmpty)
  }
}
