import Almanac
import Postgres

extension CivilDate {
  init(_ date: PostgresDate) throws {
    try self.init(year: date.year, month: date.month, day: date.day)
  }
}

extension PostgresDate {
  /// Nil for a day that the server cannot keep.
  init?(_ date: CivilDate) {
    self.init(year: date.year, month: date.month, day: date.day)
  }
}
