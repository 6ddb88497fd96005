/// All that is wrong with a recurrence, by field, so that a form or an API can say it at once.
public struct RecurrenceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with one field.
  public struct Problem: Sendable, Hashable {
    /// The field's name in JSON: `times`, or `times[2]` for one of its elements.
    public let field: String
    /// What is wrong.
    public let code: Code
  }

  /// The kinds of wrong; the raw values are stable and may be translated.
  public enum Code: String, Sendable, Hashable {
    /// The field is needed and absent.
    case required
    /// No recurrence of this kind has the field.
    case unknownField = "unknown_field"
    /// The text or the type is not what the field takes.
    case malformed
    /// A date or time that does not exist, such as 2026-02-29.
    case nonexistent
    /// The list has no element.
    case empty
    /// The list has more elements than allowed.
    case tooMany = "too_many"
    /// The number is below or above its bounds.
    case outOfRange = "out_of_range"
    /// The same value stands in the list twice.
    case duplicate
    /// The end lies before the start.
    case beforeStart = "before_start"
    /// `until` and `count` exclude each other.
    case conflict
    /// The rule ends before it happens for the first time.
    case neverOccurs = "never_occurs"
  }

  /// What is wrong, at least one thing.
  public let problems: [Problem]

  /// The problems as `field: code`, separated by commas.
  public var description: String {
    problems.map { "\($0.field): \($0.code.rawValue)" }.joined(separator: ", ")
  }
}

extension Recurrence {
  /// Most days or weeks between two occurrences.
  static let longestStep = 366
  /// Most times on one day: every quarter of an hour.
  static let mostTimes = 96
  /// Largest number of occurrences that an end may name.
  static let mostOccurrences = 100_000

  func validated() throws(RecurrenceError) -> Recurrence {
    let problems = problems
    guard problems.isEmpty else { throw RecurrenceError(problems: problems) }
    return self
  }

  private var problems: [RecurrenceError.Problem] {
    var problems: [RecurrenceError.Problem] = []
    func check(_ field: String, _ code: RecurrenceError.Code, fails: Bool) {
      if fails { problems.append(.init(field: field, code: code)) }
    }
    func check<Element: Hashable>(list: [Element], of field: String, most: Int) {
      check(field, .empty, fails: list.isEmpty)
      check(field, .tooMany, fails: list.count > most)
      check(field, .duplicate, fails: Set(list).count < list.count)
    }
    switch pattern {
    case .once: break
    case .daily(let every, let times):
      check("every", .outOfRange, fails: !(1...Self.longestStep).contains(every))
      check(list: times, of: "times", most: Self.mostTimes)
    case .weekly(let every, let weekdays, let times):
      check("every", .outOfRange, fails: !(1...Self.longestStep).contains(every))
      check(list: weekdays, of: "weekdays", most: 7)
      check(list: times, of: "times", most: Self.mostTimes)
    }
    switch end {
    case .never: break
    case .on(let last):
      check("until", .beforeStart, fails: last < start)
      check("until", .neverOccurs, fails: problems.isEmpty && last < firstDate)
    case .after(let count):
      check("count", .outOfRange, fails: !(1...Self.mostOccurrences).contains(count))
    }
    return problems
  }

  /// Asked only when the pattern itself is in order.
  private var firstDate: CivilDate { RecurrenceDates(self).date(at: 0) }
}
