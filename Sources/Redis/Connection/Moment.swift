import Glibc

/// A point of the monotonic clock in nanoseconds.
///
/// Every call notes one: the standard library's instants are of a size that only the run time knows, which makes each
/// copy a call through a table.
struct Moment: Comparable {
  let nanoseconds: Int64

  static var now: Moment {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// A length of time that costs no conversion to add.
  struct Span {
    let nanoseconds: Int64
    init(milliseconds: Int64) { nanoseconds = milliseconds * 1_000_000 }
  }

  static func + (moment: Moment, span: Span) -> Moment {
    Moment(nanoseconds: moment.nanoseconds + span.nanoseconds)
  }

  static func + (moment: Moment, duration: Duration) -> Moment {
    Moment(nanoseconds: moment.nanoseconds + Int64(duration / .nanoseconds(1)))
  }

  static func - (later: Moment, earlier: Moment) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }

  static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }
}
