import Testing

@testable import Postgres

@Suite struct PipelineTests {
  typealias Line = Pipeline<String, Int, String, String>

  private func line(depth: Int = 8) -> Line { Line(depth: depth) }

  /// Submits a unit with as many statements and sends it if that is allowed.
  private func add(_ line: inout Line, waiter: Int, statements: Int = 1) -> Int {
    let number = line.nextNumber()
    line.submit("work", number: number, waiter: waiter)
    while let unit = line.next() {
      line.sent(unit, as: (0..<statements).map { .statement(index: $0, name: nil) })
    }
    return number
  }

  @Test func answersBelongToTheFirstUnit() {
    var line = line()
    _ = add(&line, waiter: 1, statements: 2)
    _ = add(&line, waiter: 2)
    line.succeeded("a")
    line.endedStep()
    line.succeeded("b")
    line.endedStep()
    let first = line.synced()
    #expect(first?.waiter == 1)
    #expect(first?.replies == ["a", "b"])
    line.succeeded("c")
    line.endedStep()
    let second = line.synced()
    #expect(second?.waiter == 2)
    #expect(second?.replies == ["c"])
    #expect(line.isIdle)
  }

  @Test func aFailureEndsItsUnitAlone() {
    var line = line()
    _ = add(&line, waiter: 1, statements: 2)
    _ = add(&line, waiter: 2)
    line.failed("broken")
    line.endedStep()
    line.endedStep()
    let first = line.synced()
    #expect(first?.failure?.failure == "broken")
    #expect(first?.failure?.step == .statement(index: 0, name: nil))
    line.succeeded("fine")
    line.endedStep()
    let second = line.synced()
    #expect(second?.failure == nil)
    #expect(second?.replies == ["fine"])
  }

  @Test func aFailureAtTheSyncHasNoStep() {
    var line = line()
    _ = add(&line, waiter: 1)
    line.succeeded("row")
    line.endedStep()
    line.failed("deferred constraint")
    let flight = line.synced()
    #expect(flight?.failure?.failure == "deferred constraint")
    #expect(flight?.failure?.step == nil)
  }

  @Test func keepsToItsDepth() {
    var line = line(depth: 2)
    let numbers = (1...4).map { add(&line, waiter: $0) }
    #expect(line.isInFlight(numbers[0]))
    #expect(line.isInFlight(numbers[1]))
    #expect(!line.isInFlight(numbers[2]))
    #expect(line.next() == nil)
    _ = line.synced()
    #expect(line.next()?.waiter == 3)
    #expect(line.next()?.waiter == 4)
    #expect(line.next() == nil)
  }

  @Test func sendsNothingWhileHeld() {
    var line = line()
    line.holds = 1
    let number = add(&line, waiter: 1)
    #expect(!line.isInFlight(number))
    line.holds = 0
    #expect(line.next()?.number == number)
  }

  @Test func withdrawsWhatWasNotSent() {
    var line = line(depth: 1)
    let sent = add(&line, waiter: 1)
    let waiting = add(&line, waiter: 2)
    #expect(line.withdraw(sent) == nil)
    #expect(line.withdraw(waiting)?.waiter == 2)
    #expect(line.withdraw(waiting) == nil)
    _ = line.synced()
    #expect(line.isIdle)
  }

  @Test func anAbandonedUnitStillTakesItsAnswers() {
    var line = line()
    let first = add(&line, waiter: 1)
    _ = add(&line, waiter: 2)
    #expect(line.abandon(first) == 1)
    line.succeeded("for nobody")
    line.endedStep()
    #expect(line.synced()?.waiter == nil)
    line.succeeded("for two")
    line.endedStep()
    #expect(line.synced()?.replies == ["for two"])
  }

  @Test func tellsWhatWasPrepared() {
    var line = line()
    let (good, bad) = (StatementCache.Name(number: 1), StatementCache.Name(number: 2))
    let number = line.nextNumber()
    line.submit("work", number: number, waiter: 1)
    let unit = line.next()
    if let unit {
      line.sent(
        unit,
        as: [
          .prepare(good), .statement(index: 0, name: good), .prepare(bad), .statement(index: 1, name: bad),
        ])
    }
    line.succeeded("")
    line.endedStep()
    line.failed("no such table")
    line.endedStep()
    line.endedStep()
    line.endedStep()
    let flight = line.synced()
    #expect(flight?.prepared == [good])
    #expect(flight?.unprepared == [bad])
  }

  @Test func hidesWhatTheDriverPutFirst() {
    var line = line()
    let number = line.nextNumber()
    line.submit("work", number: number, waiter: 1)
    if let unit = line.next() {
      line.sent(unit, as: (0..<3).map { .statement(index: $0, name: nil) }, hidden: 2)
    }
    for reply in ["begin", "context", "rows"] {
      line.succeeded(reply)
      line.endedStep()
    }
    let flight = line.synced()
    #expect(flight?.hidden == 2)
    #expect(flight?.replies.dropFirst(2) == ["rows"])
  }

  @Test func drainsInOrder() {
    var line = line(depth: 2)
    for waiter in 1...4 { _ = add(&line, waiter: waiter) }
    let (flights, units) = line.drain()
    #expect(flights.map(\.waiter) == [1, 2])
    #expect(units.map(\.waiter) == [3, 4])
    #expect(line.isIdle)
  }

  /// Whatever is submitted, sent, answered, withdrawn and abandoned in whatever order: everybody gets exactly one answer,
  /// and the answer is theirs.
  @Test func everybodyIsAnsweredOnce() {
    var random = SeededRandom()
    for _ in 0..<200 {
      var line = Line(depth: Int.random(in: 1...5, using: &random))
      var (open, done, next): (Set<Int>, Set<Int>, Int) = ([], [], 0)
      func settle(_ waiter: Int) {
        #expect(open.remove(waiter) != nil)
        #expect(done.insert(waiter).inserted)
      }
      for _ in 0..<200 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1:
          next += 1
          open.insert(next)
          line.submit("\(next)", number: line.nextNumber(), waiter: next)
        case 2:
          while let unit = line.next() { line.sent(unit, as: [.statement(index: 0, name: nil)]) }
        case 3, 4:
          guard line.hasFlights else { continue }
          line.succeeded("row")
          line.endedStep()
          guard let flight = line.synced() else { continue }
          #expect(flight.replies == ["row"])
          if let waiter = flight.waiter {
            #expect(flight.work == "\(waiter)")
            settle(waiter)
          }
        default:
          let number = Int.random(in: 1...max(next, 1), using: &random)
          if let unit = line.withdraw(number) { settle(unit.waiter) } else { line.abandon(number).map(settle) }
        }
      }
      let (flights, units) = line.drain()
      for waiter in flights.compactMap(\.waiter) + units.map(\.waiter) { settle(waiter) }
      #expect(open.isEmpty)
      #expect(done.count == next)
    }
  }
}
