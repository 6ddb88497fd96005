public import Foundation

/// One time at which a recurrence happens.
public struct Occurrence: Sendable, Hashable {
  /// Names the occurrence for good, whatever zone or version of the rule made it: `2026-11-22T09:30`.
  public let key: String
  /// When it is to happen.
  public let planned: ZonedInstant
}

/// The occurrences of a recurrence within a span of instants, in their order, computed one by one as they are asked for.
public struct Occurrences: Sequence, Sendable {
  let recurrence: Recurrence
  let span: Range<Date>
  let zone: Zone

  /// Finds the first occurrence by arithmetic: the cost does not grow with the distance from the recurrence's start.
  public func makeIterator() -> Iterator { Iterator(self) }

  /// Walks through the occurrences.
  public struct Iterator: IteratorProtocol {
    private let span: Range<Date>
    private let zone: Zone
    private let dates: RecurrenceDates
    private let times: [WallTime]
    private let lastDate: CivilDate
    private let count: Int?
    private var ordinal: Int

    init(_ occurrences: Occurrences) {
      let recurrence = occurrences.recurrence
      span = occurrences.span
      zone = occurrences.zone
      dates = RecurrenceDates(recurrence)
      times = recurrence.times
      // A gap moves an occurrence to a later day, by two at most: begin early and leave out what is before the span.
      ordinal = dates.index(notBefore: zone.day(of: span.lowerBound).advanced(by: -2)) * times.count
      switch recurrence.end {
      case .never: (lastDate, count) = (.last, nil)
      case .on(let date): (lastDate, count) = (Swift.min(date, .last), nil)
      case .after(let occurrences): (lastDate, count) = (.last, occurrences)
      }
    }

    /// The next occurrence within the span.
    public mutating func next() -> Occurrence? {
      while count.map({ ordinal < $0 }) ?? true {
        let (index, slot) = ordinal.quotientAndRemainder(dividingBy: times.count)
        guard index < dates.count ?? .max else { return nil }
        let date = dates.date(at: index)
        guard date <= lastDate else { return nil }
        let planned = zone.resolve(date, times[slot])
        // Later wall times never give earlier instants, so nothing that follows can be in the span.
        guard planned.instant < span.upperBound else { return nil }
        ordinal += 1
        if planned.instant >= span.lowerBound {
          return Occurrence(key: "\(date)T\(times[slot])", planned: planned)
        }
      }
      return nil
    }
  }
}

extension Recurrence {
  /// The occurrences whose instants lie in `span`, by the clocks of `zone`.
  public func occurrences(in span: Range<Date>, zone: Zone) -> Occurrences {
    Occurrences(recurrence: self, span: span, zone: zone)
  }

  /// The times of each of its days, ascending.
  var times: [WallTime] {
    switch pattern {
    case .once(let time): [time]
    case .daily(_, let times), .weekly(_, _, let times): times
    }
  }
}
