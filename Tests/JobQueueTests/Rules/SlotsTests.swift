import Testing

@testable import JobQueue

@Suite struct SlotsTests {
  @Test func countsWhatIsFree() async {
    let slots = Slots(3)
    #expect(slots.isIdle)
    slots.take()
    #expect(await slots.available() == 2)
    #expect(!slots.isIdle)
    slots.giveBack()
    #expect(await slots.available() == 3)
    #expect(slots.isIdle)
  }

  @Test func waitsForAFreeOne() async {
    let slots = Slots(1)
    slots.take()
    async let available = slots.available()
    slots.giveBack()
    #expect(await available == 1)
  }

  @Test func endsTheWaitOfACancelledTask() async {
    let slots = Slots(1)
    slots.take()
    let waiting = Task { await slots.available() }
    waiting.cancel()
    #expect(await waiting.value == nil)
  }
}
