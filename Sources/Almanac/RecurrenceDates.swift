/// The days of a recurrence as a sequence that can be entered anywhere, without walking from its start; its end is left
/// to the reader.
struct RecurrenceDates {
  /// The first day of the first cycle; for weeks a Monday, which may lie before the start.
  private let origin: CivilDate
  /// Days from one cycle to the next.
  private let cycle: Int
  /// The days within a cycle, counted from its first, ascending.
  private let steps: [Int]
  /// Days of the first cycle that lie before the start and do not count.
  private let skipped: Int
  /// The only day, for what happens once.
  private let isSingle: Bool

  init(_ recurrence: Recurrence) {
    switch recurrence.pattern {
    case .once:
      (origin, cycle, steps, isSingle) = (recurrence.start, 1, [0], true)
    case .daily(let every, _):
      (origin, cycle, steps, isSingle) = (recurrence.start, every, [0], false)
    case .weekly(let every, let weekdays, _):
      (origin, cycle) = (recurrence.start.mondayOfWeek, 7 * every)
      (steps, isSingle) = (weekdays.map { $0.rawValue - 1 }, false)
    }
    let lead = origin.distance(to: recurrence.start)
    skipped = steps.count { $0 < lead }
  }

  /// How many days there are; nil when they do not end.
  var count: Int? { isSingle ? 1 : nil }

  func date(at index: Int) -> CivilDate {
    let (cycles, step) = (index + skipped).quotientAndRemainder(dividingBy: steps.count)
    return origin.advanced(by: cycles * cycle + steps[step])
  }

  /// The index of the first day that is not before `date`.
  func index(notBefore date: CivilDate) -> Int {
    let distance = origin.distance(to: date)
    guard distance > 0 else { return 0 }
    let (cycles, rest) = distance.quotientAndRemainder(dividingBy: cycle)
    return max(0, cycles * steps.count + steps.count { $0 < rest } - skipped)
  }
}
