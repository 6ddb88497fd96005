import Almanac
import Community
import Foundation

extension Query {
  /// The parameters of a list whose order and fields the caller may choose.
  static let choosing: Set<String> = paging.union(["sort", "fields"])

  /// Some of a kind's words, with commas between them.
  func choices<Choice: CaseIterable & RawRepresentable<String>>(
    _ name: String, of type: Choice.Type = Choice.self
  ) throws -> [Choice]? {
    try text(name)?.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let choice = Choice(rawValue: String(word)) else {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw InvalidInput(name, .unknownValue, limit: all, actual: String(word))
      }
      return choice
    }
  }

  /// Nil when nothing is said.
  func optionalFlag(_ name: String) throws -> Bool? { try text(name).map { _ in try flag(name) } }

  /// Nil when nothing is said.
  func optionalNumber(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    try text(name).map { _ in try number(name, default: 0, in: range) }
  }

  func day(_ name: String) throws -> CivilDate? {
    try text(name).map { text in
      guard let day = CivilDate(text) else {
        throw InvalidInput(name, .malformed, limit: CivilDate.example, actual: text)
      }
      return day
    }
  }

  /// The page that is asked for, by `sort`, which is a word or, for the other way round, `-` and a word.
  func sortedPage<Order: CaseIterable & RawRepresentable<String> & Sendable & Hashable>(
    by usual: Order
  ) throws -> SortedPageRequest<Order> {
    let sort = text("sort") ?? usual.rawValue
    let isDescending = sort.hasPrefix("-")
    guard let order = Order(rawValue: isDescending ? String(sort.dropFirst()) : sort) else {
      let all = Order.allCases.flatMap { [$0.rawValue, "-" + $0.rawValue] }.joined(separator: ", ")
      throw InvalidInput("sort", .unknownValue, limit: all, actual: sort)
    }
    return SortedPageRequest(
      by: order, isDescending: isDescending, limit: try limit(), after: try text("after").map { try Self.place($0) })
  }

  /// `<id>`, or `<id>~<value>` where the list is not ordered by age.
  private static func place<Order>(_ text: String) throws -> SortedPageRequest<Order>.Place {
    guard let id = UUID(uuidString: String(text.prefix(36))), text.count == 36 || text.dropFirst(36).first == "~" else {
      throw InvalidInput("after", .malformed, actual: text)
    }
    return SortedPageRequest<Order>.Place(value: String(text.dropFirst(37)), id: id)
  }

  /// The names of the fields that are asked for; nil for all. The id always comes along.
  func fields<Keys: CodingKey & CaseIterable>(of keys: Keys.Type) throws -> Set<String>? {
    guard let text = text("fields") else { return nil }
    let known = keys.allCases.map(\.stringValue)
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw InvalidInput("fields", .unknownValue, limit: known.sorted().joined(separator: ", "), actual: unknown)
    }
    return Set(names).union(["id"])
  }
}

extension SortedPageRequest.Place {
  /// As `after` has it.
  var text: String { id.uuidString.lowercased() + (value.isEmpty ? "" : "~\(value)") }
}

extension GroupFilter {
  /// The parameters of a list of groups.
  static let parameters = Set(CodingKeys.allCases.map(\.stringValue))

  init(_ query: Query) throws {
    self.init()
    state = try query.choices("state")
    platform = try query.choice("platform")
    kind = query.text("kind")
    region = query.text("region")
    tag = query.text("tag")
    channel = try query.id("channel")
    reachable = try query.optionalFlag("reachable")
    keeper = try query.id("keeper")
    kept = try query.optionalFlag("kept")
    standIn = try query.id("stand_in")
    announced = try query.optionalFlag("announced")
    text = query.text("q")
    sizeFrom = try query.optionalNumber("size_from", in: 0...100_000)
    sizeTo = try query.optionalNumber("size_to", in: 0...100_000)
    try validate()
  }
}
