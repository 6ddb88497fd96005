import Testing

@testable import Channels

@Suite struct WeComErrorsTests {
  /// The codes of the facts about WeCom, with what each asks for, written down a second time.
  static let expected: [(Int, PlatformErrorTable.Action)] = [
    (-1, .transient), (0, .ok), (40001, .human), (40008, .content), (40009, .content), (40014, .refresh),
    (40058, .content), (40096, .content), (41046, .content), (41047, .content), (41048, .content), (41063, .transient),
    (41064, .content), (41065, .content), (42001, .refresh), (44004, .content), (45002, .content), (45008, .content),
    (45009, .park), (45033, .park), (48002, .human), (48009, .human), (60011, .human), (60020, .human),
    (93000, .human), (93004, .human), (93008, .human), (301002, .human), (301019, .content),
  ]

  @Test(arguments: expected) func everyDocumentedCodeIsKnown(code: Int, action: PlatformErrorTable.Action) {
    #expect(PlatformErrorTable.weCom[code]?.action == action)
  }

  @Test func theTableIsInOrder() {
    let rows = PlatformErrorTable.weCom.rows
    #expect(Set(rows.map(\.code)).count == rows.count, "a code stands there once")
    for row in rows {
      #expect((row.action == .park) == (row.parking >= .seconds(60)), "\(row.code)")
      #expect(!row.source.isEmpty)
    }
  }

  @Test func everyActionHasItsOutcome() {
    func outcome(_ code: Int) -> DispatchOutcome? {
      PlatformErrorTable.weCom.refusal(code: code, text: "words", hiding: Secret("k"))
    }
    #expect(outcome(0) == nil)
    #expect(outcome(-1)?.name == "busy")
    #expect(outcome(40007)?.name == "busy")
    #expect(outcome(40007)?.reason?.kind == .stale)
    #expect(outcome(44004)?.name == "rejected")
    #expect(outcome(45009)?.name == "parked")
    #expect(outcome(93004)?.name == "broken")
  }

  @Test(arguments: [1, 99_999, -2, .max]) func anUnknownCodeFailsTheMessageAndPausesNothing(code: Int) {
    let outcome = PlatformErrorTable.weCom.refusal(code: code, text: "?", hiding: Secret("k"))
    #expect(outcome?.name == "rejected")
    #expect(outcome?.reason?.kind == .unclassified)
    #expect(outcome?.reason?.code == code)
  }
}
