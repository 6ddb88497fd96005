import Testing

@testable import JobQueue

@Suite struct SlotsTests {
  @Test func countsWhatIsFree() async {
    let slots = Slots(3)
    #expect(await slots.isIdle)
    await slots.take()
    #expect(await slots.available() == 2)
    #expect(await !slots.isIdle)
    await slots.giveBack()
    #expect(await slots.available() == 3)
    #expect(await slots.isIdle)
  }

  @Test func waitsForAFreeOne() async {
    let slots = Slots(1)
    await slots.take()
    async let available = slots.available()
    await slots.giveBack()
    #expect(await available == 1)
  }

  @Test func endsTheWaitOfACancelledTask() async {
    let slots = Slots(1)
    await slots.take()
    let waiting = Task { await slots.available() }
    waiting.cancel()
    #expect(await waiting.value == nil)
  }
}
