import Almanac
import Community
import Foundation
import Hummingbird
import Tenancy

/// What operators write down of groups' days: of one group, and in a sheet of all.
struct DailyRecordRoutes: Sendable {
  /// Most days that are listed at once.
  private static let span = 366
  /// Nothing is older.
  private static let first = CivilDate(dayNumber: 10_957)

  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("groups/{group}/daily-records")
      .get(use: list)
      .put("{day}", use: write)
    brand.group("daily-records/{day}")
      .get(use: sheet)
      .put(use: writeSheet)
  }

  /// The last thirty days unless others are asked for.
  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let group = try await GroupStore(api.reader(context)).group(try context.id("group"))
    let query = try Query(request, allowing: ["from", "to"])
    let last = try query.day("to")
    let to = if let last { last } else { try await today(context) }
    let from = try query.day("from") ?? to.advanced(by: -29)
    guard (0..<Self.span).contains(from.distance(to: to)) else {
      throw InvalidInput("from", .outOfRange, limit: "\(to.advanced(by: 1 - Self.span))–\(to)", actual: "\(from)")
    }
    let records = try await DailyRecordStore(api.reader(context)).records(of: group.id, from...to)
    return try Answer.json(Items(items: records))
  }

  /// Answers the record, or nothing when the body emptied it.
  @Sendable func write(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let group = try await GroupStore(api.reader(context)).group(try context.id("group")).id
    let day = try await pastDay(context)
    _ = try Query(request)
    let draft = try await request.json(DailyRecordDraft.self, upTo: api.limits.json)
    return try await api.tenancy.transaction(of: context.brand) { transaction in
      let written = try await DailyRecordStore(transaction).write(draft, of: group, on: day, by: context.person)
      let after = ["day": JSONValue.string("\(day)"), "record": try JSONValue(encoding: draft)]
      try await transaction.note(try Act.on("group", group, "daily_record_written", after: after), by: context.actor)
      return try written.map { try Answer.json($0) } ?? .done
    }
  }

  @Sendable func sheet(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let day = try context.day()
    let query = try Query(request, allowing: Query.paging.union(["sort"]).union(GroupFilter.parameters))
    let wish = try query.sortedPage(by: GroupOrder.name)
    let page = try await DailyRecordStore(api.reader(context, .long)).sheet(of: day, wish, try GroupFilter(query))
    return try Answer.page(page, of: request) { wish.place(of: $0).text }
  }

  /// All of the sheet's rows, or none.
  @Sendable func writeSheet(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let day = try await pastDay(context)
    _ = try Query(request)
    let sheet = try await request.json(DailySheet.self, upTo: api.limits.json)
    return try await api.tenancy.transaction(of: context.brand) { transaction in
      let changed = try await DailyRecordStore(transaction).write(sheet.items, on: day, by: context.person)
      let after = ["day": JSONValue.string("\(day)"), "records": try JSONValue(encoding: sheet.items)]
      try await transaction.note(try Act.on("group", "many", "daily_record_written", after: after), by: context.actor)
      return try Answer.json(ChangeCount(changed: changed))
    }
  }

  /// A day that has begun: of others there is nothing to write down.
  private func pastDay(_ context: BrandContext) async throws -> CivilDate {
    let (day, today) = (try context.day(), try await today(context))
    guard (Self.first...today).contains(day) else {
      throw InvalidInput("day", .outOfRange, limit: "\(Self.first)–\(today)", actual: "\(day)")
    }
    return day
  }

  private func today(_ context: BrandContext) async throws -> CivilDate {
    try await BrandSettingsStore(api.reader(context)).current().zone.day(of: .now)
  }
}

/// What operators have written down of a day.
struct DailySheet: Codable {
  let items: [DailyRecordEntry]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case items
  }
}

extension BrandContext {
  /// The day in the path. What is no day is not there either.
  fileprivate func day() throws -> CivilDate {
    guard let day = parameters.get("day").flatMap({ CivilDate(String($0)) }) else { throw NotFound() }
    return day
  }
}
