/// When something happens again and again, in civil dates and wall times; a zone makes instants of them.
///
/// A value is always valid: the makers and the decoder refuse anything else with a `RecurrenceError`.
public struct Recurrence: Sendable, Hashable {
  /// What repeats.
  public enum Pattern: Sendable, Hashable {
    /// One time on one day.
    case once(WallTime)
    /// Each of the times, on the start day and every `every` days after it.
    case daily(every: Int, times: [WallTime])
    /// Each of the times on each of the weekdays, in the start day's week (which begins on Monday) and every `every`
    /// weeks after it, never before the start day.
    case weekly(every: Int, weekdays: [Weekday], times: [WallTime])
  }

  /// When it stops.
  public enum End: Sendable, Hashable {
    /// It goes on.
    case never
    /// The last day on which it may happen.
    case on(CivilDate)
    /// How many times it happens in all, counted from the start; each time of a day counts.
    case after(occurrences: Int)
  }

  /// What repeats; times and weekdays are sorted.
  public let pattern: Pattern
  /// The first day on which it may happen.
  public let start: CivilDate
  /// When it stops.
  public let end: End

  init(pattern: Pattern, start: CivilDate, end: End) {
    self.pattern = pattern
    self.start = start
    self.end = end
  }

  /// Happens once.
  public static func once(on date: CivilDate, at time: WallTime) -> Recurrence {
    Recurrence(pattern: .once(time), start: date, end: .never)
  }

  /// Happens every `every` days.
  /// - Throws: `RecurrenceError` with all that is wrong.
  public static func daily(
    every: Int = 1, from start: CivilDate, at times: [WallTime], until end: End = .never
  ) throws(RecurrenceError) -> Recurrence {
    try Recurrence(pattern: .daily(every: every, times: times.sorted()), start: start, end: end).validated()
  }

  /// Happens on weekdays of every `every`-th week.
  /// - Throws: `RecurrenceError` with all that is wrong.
  public static func weekly(
    every: Int = 1, on weekdays: [Weekday], from start: CivilDate, at times: [WallTime], until end: End = .never
  ) throws(RecurrenceError) -> Recurrence {
    let pattern = Pattern.weekly(every: every, weekdays: weekdays.sorted(), times: times.sorted())
    return try Recurrence(pattern: pattern, start: start, end: end).validated()
  }
}
