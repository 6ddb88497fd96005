import Testing

@testable import JobQueue

@Suite struct PatienceTests {
  @Test func whatReturnsIsHandedOn() async {
    let patience = Patience()
    #expect(await patience.value(of: { 1 }, late: { _ in Issue.record("it is in time") }) == 1)
  }

  @Test func whatHangsIsLeftBehindAndHeardOfLater() async throws {
    let (patience, gate, late) = (Patience(), Gate(), Tally<Int>())
    // Deaf to its cancellation, as a call can be.
    let waiting = Task {
      await patience.value(of: { await Task { try? await gate.pass() }.value.map { 1 } ?? 0 }, late: { late.add($0) })
    }
    patience.end()
    #expect(await waiting.value == nil)
    #expect(patience.isOver && late.counts.isEmpty)
    gate.open()
    try await eventually("it has returned") { late.counts == [1: 1] }
  }
}
