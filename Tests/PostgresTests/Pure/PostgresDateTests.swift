import Postgres
import Testing

@Suite struct PostgresDateTests {
  @Test func refusesDaysThatDoNotExist() {
    #expect(PostgresDate(year: 2026, month: 2, day: 29) == nil)
    #expect(PostgresDate(year: 2028, month: 2, day: 29) != nil)
    #expect(PostgresDate(year: 1900, month: 2, day: 29) == nil)
    #expect(PostgresDate(year: 2000, month: 2, day: 29) != nil)
    #expect(PostgresDate(year: 2026, month: 13, day: 1) == nil)
    #expect(PostgresDate(year: 2026, month: 0, day: 1) == nil)
    #expect(PostgresDate(year: 2026, month: 4, day: 31) == nil)
    #expect(PostgresDate(year: .max, month: 1, day: 1) == nil)
    #expect(PostgresDate(year: .min, month: 1, day: 1) == nil)
  }

  @Test func ordersAndPrints() throws {
    let day = try #require(PostgresDate(year: 2026, month: 2, day: 17))
    let next = try #require(PostgresDate(year: 2026, month: 3, day: 1))
    #expect(day < next)
    #expect("\(day)" == "2026-02-17")
  }
}
